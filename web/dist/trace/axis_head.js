import { jsx as _jsx, jsxs as _jsxs } from "preact/jsx-runtime";
import { axisMarks, formatMark } from "./tree.js";
/** A mark further to the right has no room for its text, in percent. */
const LAST_LABEL_PERCENT = 86;
/** The head of the tree: what the columns are, and the marks of the time axis. */
export function AxisHead({ axis, marks }) {
    return (_jsxs("div", { class: "tree-head", role: "none", "aria-hidden": "true", children: [_jsx("span", { class: "tree-head-name", children: "Step" }), _jsx("span", { class: "axis", children: axisMarks(axis, marks).map((mark) => {
                    const percent = percentOf(axis, mark);
                    return (_jsx("span", { class: "axis-mark", style: { left: `${percent}%` }, children: percent <= LAST_LABEL_PERCENT && formatMark(mark) }, mark));
                }) })] }));
}
/** The axis's marks as lines behind all rows. */
export function AxisLines({ axis, marks }) {
    return (_jsx("div", { class: "axis-lines", role: "none", "aria-hidden": "true", children: _jsx("span", { class: "axis", children: axisMarks(axis, marks).map((mark) => (_jsx("span", { class: "axis-line", style: { left: `${percentOf(axis, mark)}%` } }, mark))) }) }));
}
function percentOf(axis, mark) {
    const span = axis.end - axis.start;
    return span === 0 ? 0 : (mark / span) * 100;
}
