import { useEffect, useMemo, useRef } from "preact/hooks";
import { Notice } from "../frame/notice.tsx";
import { ObservationView } from "./observation_view.tsx";
import type { ObservationCache } from "./observations.ts";
import { TraceSummary } from "./trace_summary.tsx";
import type { OpenTrace, TraceView } from "./view.ts";

interface Props {
  view: TraceView;
  open: OpenTrace;
}

/** What the selected step was given and what it gave back. */
export function DetailPane({ view, open }: Props) {
  const pane = useRef<HTMLElement>(null);
  const cache = useMemo<ObservationCache>(() => new Map(), [open]);
  const id = view.selected.value;
  useEffect(() => {
    if (pane.current) pane.current.scrollTop = 0;
  }, [id]);
  return (
    <section class="detail-pane" ref={pane} aria-label="Selected step">
      <Detail view={view} open={open} cache={cache} id={id} />
    </section>
  );
}

function Detail({ view, open, cache, id }: Props & { cache: ObservationCache; id: string | null }) {
  if (id === null) return <TraceSummary view={view} open={open} />;
  const index = open.tree.indexById.get(id);
  const node = index === undefined ? undefined : open.tree.nodes[index];
  if (!node) {
    return (
      <Notice title="This step is not in the trace">
        <p>
          No observation <code>{id}</code> has arrived for this trace. It may still be on its way.
        </p>
      </Notice>
    );
  }
  const scores = open.answer.scores.filter((score) => score.observationId === id);
  return <ObservationView key={id} projectId={view.projectId} row={node.row} axis={open.tree.axis} scores={scores} cache={cache} />;
}
