import type { TraceAnswer } from "../api/types.ts";
import { formatExactTime } from "../format.ts";
import { MetadataSection } from "../payload/metadata_section.tsx";
import { PayloadSection } from "../payload/payload_section.tsx";
import { Fact, Facts } from "./facts.tsx";
import { ScoreSection } from "./score_section.tsx";

/** The trace itself: its own input and output, metadata and scores. */
export function TraceSummary({ answer: { trace, scores } }: { answer: TraceAnswer }) {
  return (
    <>
      <PayloadSection title="Input" text={trace.input} />
      <PayloadSection title="Output" text={trace.output} />
      <ScoreSection scores={scores.filter((score) => score.observationId === null)} title="Scores" />
      <ScoreSection scores={scores.filter((score) => score.observationId !== null)} title="Scores of single steps" />
      <MetadataSection title="Metadata" value={trace.metadata} />
      <section class="section">
        <h3>Times</h3>
        <Facts>
          <Fact label="Trace">{formatExactTime(trace.timestamp)}</Fact>
          <Fact label="Created">{formatExactTime(trace.createdAt)}</Fact>
          <Fact label="Updated">{formatExactTime(trace.updatedAt)}</Fact>
        </Facts>
      </section>
    </>
  );
}
