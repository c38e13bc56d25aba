import { jsx as _jsx, jsxs as _jsxs } from "preact/jsx-runtime";
/** A list of small facts, each with its label. */
export function Facts({ children }) {
    return _jsx("dl", { class: "fact-grid", children: children });
}
export function Fact({ label, title, children }) {
    return (_jsxs("div", { class: "fact", title: title, children: [_jsx("dt", { children: label }), _jsx("dd", { children: children })] }));
}
