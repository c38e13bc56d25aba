import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { narrow } from "../frame/media.ts";
import { revealRow, useRowWindow } from "../frame/window.ts";
import { AxisHead, AxisLines } from "./axis_head.tsx";
import { StepRow, TraceRow, rowId } from "./step_row.tsx";
import { type OpenTrace, type TraceView, rowAt, selectedPlace, step, stepIn, stepOut, toggleFold } from "./view.ts";

/** The height of a row and of the head in pixels; trace.css says the same. */
const ROW_PX = 30;
const NARROW_ROW_PX = 36;
const HEAD_PX = 28;

/** About how many marks the time axis has. */
const MARKS = 6;
const NARROW_MARKS = 2;

interface Props {
  view: TraceView;
  open: OpenTrace;
}

/** The tree with its time bars: the trace on top, then every visible step. Only rows in sight are in the document. */
export function TreeView({ view, open }: Props) {
  const viewport = useRef<HTMLDivElement>(null);
  const rowPx = narrow.value ? NARROW_ROW_PX : ROW_PX;
  const marks = narrow.value ? NARROW_MARKS : MARKS;
  const visible = view.visible.value;
  const { from, to } = useRowWindow(viewport, visible.length + 1, rowPx);
  const place = selectedPlace(view);
  useLayoutEffect(() => {
    if (viewport.current && place >= 0) revealRow(viewport.current, place, rowPx, HEAD_PX);
  }, [place, rowPx]);
  useEffect(() => viewport.current?.focus({ preventScroll: true }), []);
  const first = Math.max(0, from - 1);
  const last = Math.max(0, to - 1);
  const active = place >= from && place < to ? rowAt(view, place) : undefined;
  return (
    <div
      class="tree-viewport"
      ref={viewport}
      role="tree"
      aria-label="Steps of the trace"
      aria-activedescendant={active === undefined ? undefined : rowId(active)}
      tabIndex={0}
      onKeyDown={(event) => onKey(event, view)}
    >
      <AxisHead axis={open.tree.axis} marks={marks} />
      <div class="tree-rows" role="none" style={{ height: `${(visible.length + 1) * rowPx}px` }}>
        <AxisLines axis={open.tree.axis} marks={marks} />
        <div class="tree-window" role="none" style={{ transform: `translateY(${from * rowPx}px)` }}>
          {from === 0 && <TraceRow view={view} open={open} />}
          {visible.slice(first, last).map((index, offset) => {
            const node = open.tree.nodes[index];
            // A row that leaves on one side comes back on the other: elements are kept, only their texts change.
            const slot = (first + offset) % (last - first);
            return node && <StepRow key={slot} view={view} index={index} node={node} branch={node.end > index + 1} axis={open.tree.axis} />;
          })}
        </div>
      </div>
    </div>
  );
}

const PAGE_ROWS = 20;

function onKey(event: KeyboardEvent, view: TraceView): void {
  if (event.metaKey || event.ctrlKey || event.altKey) return;
  const act = ACTIONS[event.key];
  if (!act) return;
  event.preventDefault();
  act(view);
}

const ACTIONS: Readonly<Record<string, (view: TraceView) => void>> = {
  ArrowDown: (view) => step(view, 1),
  j: (view) => step(view, 1),
  ArrowUp: (view) => step(view, -1),
  k: (view) => step(view, -1),
  PageDown: (view) => step(view, PAGE_ROWS),
  PageUp: (view) => step(view, -PAGE_ROWS),
  Home: (view) => step(view, -Infinity),
  End: (view) => step(view, Infinity),
  ArrowLeft: stepOut,
  h: stepOut,
  ArrowRight: stepIn,
  l: stepIn,
  Enter: toggleFold,
  " ": toggleFold,
};
