import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { narrow } from "../frame/media.ts";
import { useRowWindow } from "../frame/window.ts";
import type { Filters } from "./filters.ts";
import { TraceLine } from "./trace_line.tsx";
import type { TraceList } from "./traces.ts";

/** The heights of a row in pixels; list.css says the same. */
const ROW_PX = 36;
const NARROW_ROW_PX = 60;

/** How close to the end of what is loaded the next page is asked for. */
const AHEAD_ROWS = 25;

interface Props {
  projectId: string;
  list: TraceList;
  filters: Filters;
  onChange: (filters: Filters) => void;
}

/** The rows of a list of traces; only those in sight are in the document, and more are loaded near the end. */
export function TraceTable({ projectId, list, filters, onChange }: Props) {
  const viewport = useRef<HTMLDivElement>(null);
  const rowPx = narrow.value ? NARROW_ROW_PX : ROW_PX;
  const { rows, cursor, busy, error } = list.state.value;
  const { from, to } = useRowWindow(viewport, rows.length, rowPx);
  useStayInPlace(viewport, rows[0]?.id, (id) => rows.findIndex((row) => row.id === id) * rowPx);
  useEffect(() => {
    if (to >= rows.length - AHEAD_ROWS) void list.loadMore();
  }, [list, to, rows.length, busy]);
  return (
    <div class="table-viewport" ref={viewport} tabIndex={-1}>
      <table class="trace-table" role="table" aria-rowcount={rows.length + 1}>
        <thead role="rowgroup">
          <tr role="row">
            {COLUMNS.map(([name, label]) => (
              <th key={name} role="columnheader" scope="col" class={`col-${name}`}>
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          <tr aria-hidden="true" class="gap" style={{ height: `${from * rowPx}px` }} />
          {rows.slice(from, to).map((row, index) => (
            <TraceLine key={row.id} projectId={projectId} row={row} number={from + index + 2} filters={filters} onChange={onChange} />
          ))}
          <tr aria-hidden="true" class="gap" style={{ height: `${(rows.length - to) * rowPx}px` }} />
        </tbody>
      </table>
      <div class="table-end">
        {error !== null ? (
          <button type="button" class="button" title={error} onClick={() => void list.refresh()}>
            {error} Try again
          </button>
        ) : (
          cursor !== null && "Loading more…"
        )}
      </div>
    </div>
  );
}

const COLUMNS: readonly (readonly [string, string])[] = [
  ["time", "Time"],
  ["name", "Name"],
  ["user", "User"],
  ["session", "Session"],
  ["environment", "Env"],
  ["tags", "Tags"],
  ["latency", "Latency"],
  ["tokens", "Tokens"],
  ["cost", "Cost"],
  ["levels", "Issues"],
  ["steps", "Steps"],
  ["scores", "Scores"],
];

// New traces on top must not move what someone further down is reading.
function useStayInPlace(
  viewport: { current: HTMLElement | null },
  firstId: string | undefined,
  offsetOf: (id: string) => number,
): void {
  const last = useRef(firstId);
  useLayoutEffect(() => {
    const element = viewport.current;
    const added = last.current === undefined ? 0 : offsetOf(last.current);
    last.current = firstId;
    if (element && added > 0 && element.scrollTop > 0) element.scrollTop += added;
  }, [firstId]);
}
