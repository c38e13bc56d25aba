import { jsx as _jsx, jsxs as _jsxs } from "preact/jsx-runtime";
import { Icon } from "./icon.js";
/** Fills an empty place with what is going on and what to do about it. */
export function Notice({ title, children }) {
    return (_jsxs("div", { class: "notice", children: [_jsx("h2", { children: title }), children] }));
}
/** Says that something failed, why, and offers to try again. */
export function Failure({ title, message, retry }) {
    return (_jsxs("div", { class: "notice failure", role: "alert", children: [_jsx("span", { class: "notice-icon", children: _jsx(Icon, { name: "warning" }) }), _jsx("h2", { children: title }), _jsx("p", { children: message }), retry && (_jsx("button", { type: "button", class: "button", onClick: retry, children: "Try again" }))] }));
}
/** Grey bars where rows will be; appears late, so that a quick answer does not flicker. */
export function Skeleton({ rows }) {
    return (_jsx("div", { class: "skeleton", role: "status", "aria-label": "Loading", children: Array.from({ length: rows }, (_, index) => (_jsx("div", { class: "skeleton-row" }, index))) }));
}
