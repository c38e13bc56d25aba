import type { Score } from "../api/types.ts";
import { formatExactTime } from "../format.ts";
import { MetadataSection } from "../payload/metadata_section.tsx";
import { PayloadSection } from "../payload/payload_section.tsx";
import { tracePath } from "../router.ts";
import { Fact, Facts } from "./facts.tsx";
import { ScoreSection } from "./score_section.tsx";
import type { OpenTrace, TraceView } from "./view.ts";

/** The trace itself: its own input and output, metadata and scores. */
export function TraceSummary({ view, open }: { view: TraceView; open: OpenTrace }) {
  const { trace, scores } = open.answer;
  const stepLink = (score: Score) => {
    const step = open.tree.nodes[open.tree.indexById.get(score.observationId ?? "") ?? -1]?.row;
    return step && <a href={tracePath(view.projectId, view.traceId, step.id)}>{step.name ?? step.id}</a>;
  };
  return (
    <>
      <PayloadSection title="Input" text={trace.input} />
      <PayloadSection title="Output" text={trace.output} />
      <ScoreSection scores={scores.filter((score) => score.observationId === null)} title="Scores" />
      <ScoreSection scores={scores.filter((score) => score.observationId !== null)} title="Scores of steps" stepLink={stepLink} />
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
