import { jsx as _jsx, jsxs as _jsxs } from "preact/jsx-runtime";
import { formatDuration } from "../format.js";
import { durationMs } from "./tree.js";
/** The room that a bar's label takes on its line. */
const LABEL_PERCENT = 18;
/** When a step ran, on the axis of its trace: faint until the first token, full from there to its end. */
export function TimeBar({ row, axis }) {
    const left = percentOf(axis, row.start);
    const right = percentOf(axis, row.end ?? row.completionStart ?? row.start);
    const wait = row.completionStart === null || row.end === null ? 0 : share(row.start, row.completionStart, row.end);
    const kind = row.end === null ? (row.type === "EVENT" ? "point" : "open-end") : "bar";
    return (_jsxs("span", { class: "axis", children: [_jsx("span", { class: `time-bar ${kind} type-${row.type.toLowerCase()}`, style: { left: `${left}%`, width: `${right - left}%` }, children: wait > 0 && _jsx("span", { class: "time-to-first", style: { width: `${wait * 100}%` } }) }), _jsx(TimeLabel, { text: row.end === null ? (kind === "point" ? "" : "no end") : formatDuration(durationMs(row)), left: left, right: right })] }));
}
function percentOf(axis, time) {
    const span = axis.end - axis.start;
    return span === 0 ? 0 : ((time - axis.start) / span) * 100;
}
function share(start, middle, end) {
    return end <= start ? 0 : Math.min(1, Math.max(0, (middle - start) / (end - start)));
}
// Beside the bar where there is room, on the side that has more of it; else in the bar.
function TimeLabel({ text, left, right }) {
    if (right <= 100 - LABEL_PERCENT)
        return _jsx("span", { class: "time-label", style: { left: `${right}%` }, children: text });
    if (left >= LABEL_PERCENT)
        return _jsx("span", { class: "time-label", style: { right: `${100 - left}%` }, children: text });
    return _jsx("span", { class: "time-label inside", style: { right: `${100 - right}%` }, children: text });
}
