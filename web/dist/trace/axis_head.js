import { jsx as _jsx, jsxs as _jsxs } from "preact/jsx-runtime";
import { formatDuration } from "../format.js";
import { axisMarks } from "./tree.js";
const MARKS = 5;
/** The head of the tree: what the columns are, and the marks of the time axis. */
export function AxisHead({ axis }) {
    const span = axis.end - axis.start;
    return (_jsxs("div", { class: "tree-head", role: "none", "aria-hidden": "true", children: [_jsx("span", { class: "tree-head-name", children: "Step" }), _jsx("span", { class: "axis", children: axisMarks(axis, MARKS).map((mark) => (_jsx("span", { class: "axis-mark", style: { left: span === 0 ? "0" : `${(mark / span) * 100}%` }, children: mark === 0 ? "0" : formatDuration(mark / 1000) }, mark))) })] }));
}
