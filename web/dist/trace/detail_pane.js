import { jsx as _jsx, jsxs as _jsxs } from "preact/jsx-runtime";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { Notice } from "../frame/notice.js";
import { ObservationView } from "./observation_view.js";
import { TraceSummary } from "./trace_summary.js";
/** What the selected step was given and what it gave back. */
export function DetailPane({ view, open }) {
    const pane = useRef(null);
    const cache = useMemo(() => new Map(), [open]);
    const id = view.selected.value;
    useEffect(() => {
        if (pane.current)
            pane.current.scrollTop = 0;
    }, [id]);
    return (_jsx("section", { class: "detail-pane", ref: pane, "aria-label": "Selected step", children: _jsx(Detail, { view: view, open: open, cache: cache, id: id }) }));
}
function Detail({ view, open, cache, id }) {
    if (id === null)
        return _jsx(TraceSummary, { view: view, open: open });
    const index = open.tree.indexById.get(id);
    const node = index === undefined ? undefined : open.tree.nodes[index];
    if (!node) {
        return (_jsx(Notice, { title: "This step is not in the trace", children: _jsxs("p", { children: ["No observation ", _jsx("code", { children: id }), " has arrived for this trace. It may still be on its way."] }) }));
    }
    const scores = open.answer.scores.filter((score) => score.observationId === id);
    return _jsx(ObservationView, { projectId: view.projectId, row: node.row, axis: open.tree.axis, scores: scores, cache: cache }, id);
}
