import { jsx as _jsx, jsxs as _jsxs } from "preact/jsx-runtime";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { narrow } from "../frame/media.js";
import { useRowWindow } from "../frame/window.js";
import { TraceLine } from "./trace_line.js";
/** The heights of a row in pixels; list.css says the same. */
const ROW_PX = 36;
const NARROW_ROW_PX = 60;
/** How close to the end of what is loaded the next page is asked for. */
const AHEAD_ROWS = 25;
/** The rows of a list of traces; only those in sight are in the document, and more are loaded near the end. */
export function TraceTable({ projectId, list, filters, onChange }) {
    const viewport = useRef(null);
    const rowPx = narrow.value ? NARROW_ROW_PX : ROW_PX;
    const { rows, cursor, busy, error } = list.state.value;
    const { from, to } = useRowWindow(viewport, rows.length, rowPx);
    useStayInPlace(viewport, rows[0]?.id, (id) => rows.findIndex((row) => row.id === id) * rowPx);
    useEffect(() => {
        if (to >= rows.length - AHEAD_ROWS)
            void list.loadMore();
    }, [list, to, rows.length, busy]);
    return (_jsxs("div", { class: "table-viewport", ref: viewport, tabIndex: -1, children: [_jsxs("table", { class: "trace-table", role: "table", "aria-rowcount": rows.length + 1, children: [_jsx("thead", { role: "rowgroup", children: _jsx("tr", { role: "row", children: COLUMNS.map(([name, label]) => (_jsx("th", { role: "columnheader", scope: "col", class: `col-${name}`, children: label }, name))) }) }), _jsxs("tbody", { role: "rowgroup", children: [_jsx("tr", { "aria-hidden": "true", class: "gap", style: { height: `${from * rowPx}px` } }), rows.slice(from, to).map((row, index) => (_jsx(TraceLine, { projectId: projectId, row: row, number: from + index + 2, filters: filters, onChange: onChange }, row.id))), _jsx("tr", { "aria-hidden": "true", class: "gap", style: { height: `${(rows.length - to) * rowPx}px` } })] })] }), _jsx("div", { class: "table-end", children: error !== null ? (_jsxs("button", { type: "button", class: "button", title: error, onClick: () => void list.refresh(), children: [error, " Try again"] })) : (cursor !== null && "Loading more…") })] }));
}
const COLUMNS = [
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
function useStayInPlace(viewport, firstId, offsetOf) {
    const last = useRef(firstId);
    useLayoutEffect(() => {
        const element = viewport.current;
        const added = last.current === undefined ? 0 : offsetOf(last.current);
        last.current = firstId;
        if (element && added > 0 && element.scrollTop > 0)
            element.scrollTop += added;
    }, [firstId]);
}
