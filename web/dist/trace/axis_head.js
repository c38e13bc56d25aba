import { jsx as _jsx, jsxs as _jsxs } from "preact/jsx-runtime";
import { axisMarks, formatMark } from "./tree.js";
/** A mark this close to the right border has its text on its left, in percent. */
const TURNS_AT_PERCENT = 84;
/** The head of the tree: what the columns are, and the marks of the time axis. */
export function AxisHead({ axis, marks }) {
    return (_jsxs("div", { class: "tree-head", role: "none", "aria-hidden": "true", children: [_jsx("span", { class: "tree-head-name", children: "Step" }), _jsx("span", { class: "axis", children: axisMarks(axis, marks).map((mark) => {
                    const percent = percentOf(axis, mark);
                    return (_jsx("span", { class: percent > TURNS_AT_PERCENT ? "axis-mark before" : "axis-mark", style: { left: `${percent}%` }, children: formatMark(mark) }, mark));
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
