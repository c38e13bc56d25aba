import type { ScoreValue, TraceRow } from "../api/types.ts";
import { now } from "../clock.ts";
import {
  NOTHING,
  formatCost,
  formatCount,
  formatDuration,
  formatExactCost,
  formatExactCount,
  formatExactTime,
  formatRelative,
  formatScore,
  hasTokens,
  plural,
} from "../format.ts";
import { Icon } from "../frame/icon.tsx";
import { sessionPath, tracePath } from "../router.ts";
import type { Filters } from "./filters.ts";

interface Props {
  projectId: string;
  row: TraceRow;
  /** The row's number for those who hear the table. */
  number: number;
  filters: Filters;
  onChange: (filters: Filters) => void;
}

/** One trace of the list. The whole line leads to the trace; its user, environment and tags narrow the list. */
export function TraceLine({ projectId, row, number, filters, onChange }: Props) {
  const narrowTo = (change: Partial<Filters>) => () => onChange({ ...filters, ...change });
  return (
    <tr role="row" aria-rowindex={number}>
      <td role="cell" class="col-time" title={formatExactTime(row.timestamp)}>
        {formatRelative(row.timestamp, now.value)}
      </td>
      <td role="cell" class="col-name">
        <a class="row-link" href={tracePath(projectId, row.id)} title={row.name ?? row.id}>
          {row.name ?? <span class="unnamed">{row.id}</span>}
        </a>
      </td>
      <td role="cell" class="col-user">
        {row.userId !== null && <Narrow text={row.userId} onClick={narrowTo({ userId: row.userId })} />}
      </td>
      <td role="cell" class="col-session">
        {row.sessionId !== null && (
          <a class="cell-link" href={sessionPath(projectId, row.sessionId)} title={`Session ${row.sessionId}`}>
            {row.sessionId}
          </a>
        )}
      </td>
      <td role="cell" class="col-environment">
        {row.environment !== null && <Narrow text={row.environment} onClick={narrowTo({ environment: row.environment })} />}
      </td>
      <td role="cell" class="col-tags">
        {row.tags.map((tag) => (
          <button
            key={tag}
            type="button"
            class="tag"
            title={`Only traces with the tag ${tag}`}
            onClick={narrowTo({ tags: [...new Set([...filters.tags, tag])] })}
          >
            {tag}
          </button>
        ))}
      </td>
      <td role="cell" class="col-latency">{formatDuration(row.latencyMs)}</td>
      <td role="cell" class={hasTokens(row.totalTokens) ? "col-tokens" : "col-tokens none"} title={tokensTitle(row)}>
        {hasTokens(row.totalTokens) ? formatCount(row.totalTokens) : NOTHING}
      </td>
      <td role="cell" class={row.totalCost === null ? "col-cost none" : "col-cost"} title={row.totalCost === null ? undefined : formatExactCost(row.totalCost)}>
        {formatCost(row.totalCost)}
      </td>
      <td role="cell" class="col-levels">
        <Levels row={row} />
      </td>
      <td role="cell" class="col-steps">{formatCount(row.observationCount)}</td>
      <td role="cell" class="col-scores">
        <Scores scores={row.scores} />
      </td>
    </tr>
  );
}

function Narrow({ text, onClick }: { text: string; onClick: () => void }) {
  return (
    <button type="button" class="cell-link" title={`Only traces with ${text}`} onClick={onClick}>
      {text}
    </button>
  );
}

function tokensTitle(row: TraceRow): string | undefined {
  if (!hasTokens(row.totalTokens)) return undefined;
  return `${formatExactCount(row.inputTokens ?? 0)} in, ${formatExactCount(row.outputTokens ?? 0)} out`;
}

function Levels({ row }: { row: TraceRow }) {
  return (
    <>
      {row.errorCount > 0 && (
        <span class="badge error" title={plural(row.errorCount, "error")}>
          <Icon name="warning" />
          {formatCount(row.errorCount)}
        </span>
      )}
      {row.warningCount > 0 && (
        <span class="badge warning" title={plural(row.warningCount, "warning")}>
          <Icon name="warning" />
          {formatCount(row.warningCount)}
        </span>
      )}
    </>
  );
}

const SHOWN_SCORES = 2;

function Scores({ scores }: { scores: readonly ScoreValue[] }) {
  const all = scores.map((score) => `${score.name} ${formatScore(score.value)}`);
  return (
    <span class="score-list" title={all.join("\n")}>
      {scores.slice(0, SHOWN_SCORES).map((score, index) => (
        <span key={index} class="score">
          {score.name} <b>{formatScore(score.value)}</b>
        </span>
      ))}
      {scores.length > SHOWN_SCORES && <span class="more">+{scores.length - SHOWN_SCORES}</span>}
    </span>
  );
}
