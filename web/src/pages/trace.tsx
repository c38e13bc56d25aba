import { useEffect, useMemo, useRef } from "preact/hooks";
import { Failure, Skeleton } from "../frame/notice.tsx";
import { useTitle } from "../frame/title.ts";
import { tracesPath } from "../router.ts";
import { DetailPane } from "../trace/detail_pane.tsx";
import { Splitter } from "../trace/splitter.tsx";
import { TraceHeader } from "../trace/trace_header.tsx";
import { TreePane } from "../trace/tree_pane.tsx";
import { createTraceView } from "../trace/view.ts";

/** One trace: its facts on top, its steps on the left, the selected step on the right. */
export function TracePage({ projectId, traceId }: { projectId: string; traceId: string }) {
  const view = useMemo(() => createTraceView(projectId, traceId), [projectId, traceId]);
  const panes = useRef<HTMLDivElement>(null);
  const open = view.open.value;
  useTitle(open?.answer.trace.name ?? "Trace");
  useEffect(() => {
    void view.load();
    return () => view.close();
  }, [view]);
  if (!open) return <Unopened projectId={projectId} error={view.error.value} retry={() => void view.load()} />;
  return (
    <div class="trace">
      <TraceHeader view={view} open={open} />
      <div class="trace-panes" ref={panes}>
        <TreePane view={view} open={open} />
        <Splitter panes={panes} />
        <DetailPane view={view} open={open} />
      </div>
    </div>
  );
}

function Unopened({ projectId, error, retry }: { projectId: string; error: string | null; retry: () => void }) {
  if (error === null) return <Skeleton rows={14} />;
  return (
    <>
      <Failure title="The trace could not be opened" message={error} retry={retry} />
      <p class="after-notice">
        <a href={tracesPath(projectId)}>All traces</a>
      </p>
    </>
  );
}
