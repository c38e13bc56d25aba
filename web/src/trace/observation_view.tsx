import type { ObservationDetail, ObservationRow, Score } from "../api/types.ts";
import { formatCost, formatDuration, formatExactCost, formatExactTime, formatTokens, hasTokens } from "../format.ts";
import { CopyButton } from "../frame/copy_button.tsx";
import { Icon, TypeIcon } from "../frame/icon.tsx";
import { Failure, Skeleton } from "../frame/notice.tsx";
import { MetadataSection } from "../payload/metadata_section.tsx";
import { PayloadSection } from "../payload/payload_section.tsx";
import { Fact, Facts } from "./facts.tsx";
import { type ObservationCache, useObservation } from "./observations.ts";
import { ScoreSection } from "./score_section.tsx";
import { type Axis, durationMs } from "./tree.ts";
import { UsageSection } from "./usage_section.tsx";

interface Props {
  projectId: string;
  row: ObservationRow;
  axis: Axis;
  scores: readonly Score[];
  cache: ObservationCache;
}

/** One observation: what the tree knows of it at once, its payloads as soon as they are there. */
export function ObservationView({ projectId, row, axis, scores, cache }: Props) {
  const { reading, again } = useObservation(projectId, row.id, cache);
  return (
    <>
      <header class="detail-head">
        <h2>
          <TypeIcon type={row.type} />
          <span class="detail-name">{row.name ?? row.id}</span>
          <CopyButton text={() => row.id} label="Copy the step's id" />
        </h2>
        <RowFacts row={row} axis={axis} detail={reading.status === "ready" ? reading.detail : null} />
      </header>
      {row.statusMessage !== null && row.statusMessage !== "" && (
        <p class={`callout ${row.level.toLowerCase()}`}>
          <Icon name="warning" />
          <span>{row.statusMessage}</span>
        </p>
      )}
      {reading.status === "loading" && <Skeleton rows={4} />}
      {reading.status === "failed" && <Failure title="The step could not be read" message={reading.message} retry={again} />}
      {reading.status === "ready" && <Payloads projectId={projectId} detail={reading.detail} scores={scores} />}
    </>
  );
}

function RowFacts({ row, axis, detail }: { row: ObservationRow; axis: Axis; detail: ObservationDetail | null }) {
  return (
    <Facts>
      <Fact label="Duration">{formatDuration(durationMs(row))}</Fact>
      <Fact label="Started" title={formatExactTime(row.start / 1000)}>
        +{formatDuration((row.start - axis.start) / 1000)}
      </Fact>
      {row.completionStart !== null && (
        <Fact label="First token">{formatDuration((row.completionStart - row.start) / 1000)}</Fact>
      )}
      {row.model !== null && <Fact label="Model">{row.model}</Fact>}
      {hasTokens(row.totalTokens) && (
        <Fact label="Tokens">{formatTokens(row.inputTokens, row.outputTokens, row.totalTokens)}</Fact>
      )}
      {row.cost !== null && (
        <Fact label="Cost" title={formatExactCost(row.cost)}>
          {formatCost(row.cost)}
        </Fact>
      )}
      {row.level !== "DEFAULT" && (
        <Fact label="Level">
          <span class={`level-text ${row.level.toLowerCase()}`}>{row.level.toLowerCase()}</span>
        </Fact>
      )}
      {detail && <DetailFacts detail={detail} />}
    </Facts>
  );
}

/** What the environment of a step is called that nobody named one for. */
const NO_ENVIRONMENT = "default";

function DetailFacts({ detail }: { detail: ObservationDetail }) {
  return (
    <>
      {detail.promptName !== null && (
        <Fact label="Prompt">
          {detail.promptName}
          {detail.promptVersion !== null && ` v${detail.promptVersion}`}
        </Fact>
      )}
      {detail.environment !== null && detail.environment !== NO_ENVIRONMENT && <Fact label="Env">{detail.environment}</Fact>}
      {detail.version !== null && <Fact label="Version">{detail.version}</Fact>}
    </>
  );
}

interface PayloadsProps {
  projectId: string;
  detail: ObservationDetail;
  scores: readonly Score[];
}

function Payloads({ projectId, detail, scores }: PayloadsProps) {
  const { id, usage, costs, cost } = detail;
  return (
    <>
      <PayloadSection title="Input" text={detail.input} />
      <PayloadSection title="Output" text={detail.output} />
      <ScoreSection scores={scores} title="Scores" />
      <UsageSection projectId={projectId} observationId={id} usage={usage} costs={costs} total={cost} />
      <MetadataSection title="Model parameters" value={detail.modelParameters} />
      <MetadataSection title="Metadata" value={detail.metadata} />
    </>
  );
}
