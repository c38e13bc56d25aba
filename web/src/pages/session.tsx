import { useEffect, useMemo } from "preact/hooks";
import { readTraces } from "../api/client.ts";
import type { TraceRow } from "../api/types.ts";
import { NOTHING, formatCost, formatCount, formatDuration, formatExactTime, hasTokens, plural } from "../format.ts";
import { Failure, Notice, Skeleton } from "../frame/notice.tsx";
import { useTitle } from "../frame/title.ts";
import { type TraceList, createTraceList } from "../list/traces.ts";
import { tracePath, tracesPath } from "../router.ts";
import { leavesSession } from "../session.ts";

const PAGE_SIZE = "100";

/** The traces of one session in the order they happened. */
export function SessionPage({ projectId, sessionId }: { projectId: string; sessionId: string }) {
  const list = useMemo(() => openSession(projectId, sessionId), [projectId, sessionId]);
  const { rows, loaded, error } = list.state.value;
  useTitle(`Session ${sessionId}`);
  useEffect(() => {
    void list.refresh();
    return () => list.close();
  }, [list]);
  return (
    <div class="session">
      <header class="page-head">
        <nav class="crumbs" aria-label="Breadcrumb">
          <a href={tracesPath(projectId)}>Traces</a>
          <span aria-hidden="true">/</span>
          <span>Session</span>
        </nav>
        <h1 title={sessionId}>{sessionId}</h1>
        {rows.length > 0 && <SessionFacts list={list} />}
      </header>
      {error !== null && <Failure title="The session could not be read" message={error} retry={() => void list.refresh()} />}
      {!loaded && error === null && <Skeleton rows={6} />}
      {loaded && rows.length === 0 && error === null && (
        <Notice title="No traces in this session">
          <p>No trace of this project carries this session id.</p>
        </Notice>
      )}
      {rows.length > 0 && <SessionTraces projectId={projectId} list={list} />}
    </div>
  );
}

function openSession(projectId: string, sessionId: string): TraceList {
  return createTraceList((cursor, signal) => {
    const query = new URLSearchParams({ sessionId, limit: PAGE_SIZE });
    if (cursor !== null) query.set("cursor", cursor);
    return readTraces(projectId, query, signal);
  }, leavesSession);
}

function SessionFacts({ list }: { list: TraceList }) {
  const { rows, total, cursor } = list.state.value;
  const sum = (of: (row: TraceRow) => number | null): number => rows.reduce((amount, row) => amount + (of(row) ?? 0), 0);
  const tokens = sum((row) => row.totalTokens);
  const users = [...new Set(rows.flatMap((row) => row.userId ?? []))];
  return (
    <p class="facts">
      <span>{plural(total, "trace")}</span>
      {users.length > 0 && <span>{users.join(", ")}</span>}
      {cursor === null && (
        <>
          <span>{formatDuration(sum((row) => row.latencyMs))} at work</span>
          {tokens > 0 && <span>{formatCount(tokens)} tokens</span>}
          {rows.some((row) => row.totalCost !== null) && <span>{formatCost(sum((row) => row.totalCost))}</span>}
        </>
      )}
    </p>
  );
}

// The server lists the newest first; what is loaded is shown the other way round, with the way to older ones on top.
function SessionTraces({ projectId, list }: { projectId: string; list: TraceList }) {
  const { rows, cursor, busy } = list.state.value;
  return (
    <ol class="session-traces">
      {cursor !== null && (
        <li class="session-more">
          <button type="button" class="button" disabled={busy !== null} onClick={() => void list.loadMore()}>
            {busy === "more" ? "Loading…" : "Show earlier traces"}
          </button>
        </li>
      )}
      {rows.toReversed().map((row) => (
        <SessionTrace key={row.id} projectId={projectId} row={row} />
      ))}
    </ol>
  );
}

function SessionTrace({ projectId, row }: { projectId: string; row: TraceRow }) {
  return (
    <li>
      <a class="session-trace" href={tracePath(projectId, row.id)}>
        <time datetime={row.timestamp}>{formatExactTime(row.timestamp)}</time>
        <strong>{row.name ?? row.id}</strong>
        <span class="number">{formatDuration(row.latencyMs)}</span>
        <span class="number">{hasTokens(row.totalTokens) ? `${formatCount(row.totalTokens)} tok` : NOTHING}</span>
        <span class="number">{formatCost(row.totalCost)}</span>
        <span class="session-levels">
          {row.errorCount > 0 && <span class="badge error">{plural(row.errorCount, "error")}</span>}
        </span>
      </a>
    </li>
  );
}
