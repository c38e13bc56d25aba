import {
  formatCost,
  formatDuration,
  formatExactCost,
  formatExactCount,
  formatExactTime,
  formatRelative,
  formatTokens,
  hasTokens,
  plural,
} from "../format.ts";
import { now } from "../clock.ts";
import { CopyButton } from "../frame/copy_button.tsx";
import { Icon } from "../frame/icon.tsx";
import { sessionPath, tracesPath } from "../router.ts";
import { nextWithLevel } from "./levels.ts";
import type { OpenTrace, TraceView } from "./view.ts";

interface Props {
  view: TraceView;
  open: OpenTrace;
}

/** What a trace is and what it amounts to. */
export function TraceHeader({ view, open }: Props) {
  const { trace } = open.answer;
  return (
    <header class="page-head trace-head">
      <nav class="crumbs" aria-label="Breadcrumb">
        <a href={tracesPath(view.projectId)}>Traces</a>
        <span aria-hidden="true">/</span>
        <span class="crumb-id">{trace.id}</span>
        <CopyButton text={() => trace.id} label="Copy the trace's id" />
      </nav>
      <div class="trace-title">
        <h1>{trace.name ?? "Unnamed trace"}</h1>
        {trace.public && <span class="badge">Public</span>}
        <LevelButton view={view} open={open} level="ERROR" count={trace.errorCount} noun="error" />
        <LevelButton view={view} open={open} level="WARNING" count={trace.warningCount} noun="warning" />
      </div>
      <p class="facts">
        <span title={formatExactTime(trace.timestamp)}>{formatRelative(trace.timestamp, now.value)}</span>
        <span title="Latency">{formatDuration(trace.latencyMs)}</span>
        {trace.totalCost !== null && <span title={formatExactCost(trace.totalCost)}>{formatCost(trace.totalCost)}</span>}
        <Tokens open={open} />
        <TraceLinks view={view} open={open} />
        {trace.tags.map((tag) => (
          <a key={tag} class="tag" href={tracesPath(view.projectId, new URLSearchParams({ tag }))}>
            {tag}
          </a>
        ))}
      </p>
    </header>
  );
}

function Tokens({ open }: { open: OpenTrace }) {
  const { totalTokens, inputTokens, outputTokens } = open.answer.trace;
  if (!hasTokens(totalTokens)) return null;
  return (
    <span title={`${formatExactCount(totalTokens)} tokens`}>
      {formatTokens(inputTokens, outputTokens, totalTokens)} tokens
    </span>
  );
}

function TraceLinks({ view, open }: Props) {
  const { userId, sessionId, environment, release, version } = open.answer.trace;
  const withFilter = (filter: Record<string, string>): string => tracesPath(view.projectId, new URLSearchParams(filter));
  return (
    <>
      {userId !== null && (
        <span>
          <span class="fact-label">User</span> <a href={withFilter({ userId })}>{userId}</a>
        </span>
      )}
      {sessionId !== null && (
        <span>
          <span class="fact-label">Session</span> <a href={sessionPath(view.projectId, sessionId)}>{sessionId}</a>
        </span>
      )}
      {environment !== null && (
        <span>
          <span class="fact-label">Env</span> <a href={withFilter({ environment })}>{environment}</a>
        </span>
      )}
      {release !== null && (
        <span>
          <span class="fact-label">Release</span> {release}
        </span>
      )}
      {version !== null && (
        <span>
          <span class="fact-label">Version</span> {version}
        </span>
      )}
    </>
  );
}

interface LevelProps extends Props {
  level: "ERROR" | "WARNING";
  count: number;
  noun: string;
}

function LevelButton({ view, open, level, count, noun }: LevelProps) {
  if (count === 0) return null;
  const id = nextWithLevel(open.tree, level, view.selected.value);
  return (
    <button
      type="button"
      class={`badge ${noun}`}
      title={`Go to the next ${noun}`}
      disabled={id === null}
      onClick={() => id !== null && view.select(id)}
    >
      <Icon name="warning" />
      {plural(count, noun)}
    </button>
  );
}
