import { jsx as _jsx, jsxs as _jsxs } from "preact/jsx-runtime";
import { formatCost, formatCount, formatDuration, hasTokens, plural } from "../format.js";
import { Icon, TypeIcon } from "../frame/icon.js";
import { TimeBar } from "./time_bar.js";
import { durationMs } from "./tree.js";
/** Deeper steps are not moved further to the right, or their names would leave the pane. */
const DEEPEST_INDENT = 16;
/** Returns the document's id of a row: what `aria-activedescendant` names. */
export function rowId(index) {
    return index === null ? "trace-row" : `step-${index}`;
}
/**
 * One step of a trace: its place in the tree, what it is, what it took, and when. It reads the selection itself, which
 * is why it is not rendered again while its neighbours scroll by.
 */
export function StepRow({ view, index, node, branch, axis }) {
    const { row } = node;
    const folded = view.collapsed.value.has(row.id);
    const selected = view.selected.value === row.id;
    return (_jsxs("div", { id: rowId(index), class: rowClass(row, selected), role: "treeitem", "aria-level": node.depth + 2, "aria-posinset": node.position, "aria-setsize": node.siblings, "aria-expanded": branch ? !folded : undefined, "aria-selected": selected, onClick: () => view.select(row.id), children: [_jsxs("span", { class: "step-name", style: { "--depth": String(Math.min(node.depth + 1, DEEPEST_INDENT)) }, children: [_jsx(Twist, { branch: branch, folded: folded, onClick: () => view.fold(row.id, !folded) }), _jsx(TypeIcon, { type: row.type }), _jsx("span", { class: "step-title", children: row.name ?? _jsx("span", { class: "unnamed", children: row.id }) }), _jsx(LevelMark, { row: row, hidden: folded ? node.below.errors : 0 }), _jsx(Amounts, { node: node, folded: folded })] }), _jsx(TimeBar, { row: row, axis: axis })] }));
}
/** The row on top that stands for the trace itself. */
export function TraceRow({ view, open }) {
    const { trace } = open.answer;
    const selected = view.selected.value === null;
    return (_jsxs("div", { id: rowId(null), class: `step trace-step${selected ? " selected" : ""}`, role: "treeitem", "aria-level": 1, "aria-expanded": open.tree.nodes.length > 0 ? true : undefined, "aria-selected": selected, onClick: () => view.select(null), children: [_jsxs("span", { class: "step-name", style: { "--depth": "0" }, children: [_jsx(Twist, { branch: false, folded: false, onClick: () => undefined }), _jsx(TypeIcon, { type: "TRACE" }), _jsx("span", { class: "step-title", children: trace.name ?? "Trace" }), _jsxs("span", { class: "amounts", children: [hasTokens(trace.totalTokens) && _jsxs("span", { children: [formatCount(trace.totalTokens), " tok"] }), trace.totalCost !== null && trace.totalCost > 0 && _jsx("span", { children: formatCost(trace.totalCost) })] })] }), _jsx("span", { class: "axis", children: _jsx("span", { class: "trace-duration", children: formatDuration(trace.latencyMs) }) })] }));
}
function rowClass(row, selected) {
    const level = row.level === "DEFAULT" ? "" : ` level-${row.level.toLowerCase()}`;
    return `step${level}${selected ? " selected" : ""}`;
}
function Twist({ branch, folded, onClick }) {
    if (!branch)
        return _jsx("span", { class: "twist" });
    const toggle = (event) => {
        event.stopPropagation();
        onClick();
    };
    return (_jsx("button", { type: "button", class: "twist", tabIndex: -1, "aria-label": folded ? "Unfold" : "Fold", onClick: toggle, children: _jsx(Icon, { name: folded ? "closed" : "open" }) }));
}
function LevelMark({ row, hidden }) {
    if (row.level === "ERROR" || row.level === "WARNING") {
        const level = row.level.toLowerCase();
        return (_jsxs("span", { class: `level-mark ${level}`, title: row.statusMessage ?? level, children: [_jsx(Icon, { name: "warning" }), _jsx("span", { class: "offscreen", children: level })] }));
    }
    return hidden > 0 ? _jsx("span", { class: "level-dot", title: `${plural(hidden, "error")} folded away` }) : null;
}
// A folded branch, and a step that has no amounts of its own, shows what is below it.
function Amounts({ node: { row, below }, folded }) {
    const own = hasTokens(row.totalTokens) || (row.cost ?? 0) > 0;
    const tokens = (row.totalTokens ?? 0) + (own && !folded ? 0 : below.tokens);
    const cost = (row.cost ?? 0) + (own && !folded ? 0 : below.cost);
    return (_jsxs("span", { class: own ? "amounts" : "amounts summed", title: own ? (row.model ?? undefined) : "Sum of the steps below", children: [tokens > 0 && _jsxs("span", { children: [formatCount(tokens), " tok"] }), cost > 0 && _jsx("span", { children: formatCost(cost) }), _jsx("span", { class: "row-duration", children: formatDuration(durationMs(row)) })] }));
}
