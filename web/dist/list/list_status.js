import { jsx as _jsx, jsxs as _jsxs } from "preact/jsx-runtime";
import { plural } from "../format.js";
import { Icon } from "../frame/icon.js";
/** How many traces match, and the ways to see newer ones. */
export function ListStatus({ list, live }) {
    const { loaded, total, busy, error, rows } = list.state.value;
    return (_jsxs("div", { class: "list-status", children: [_jsx("span", { class: "list-total", role: "status", children: error !== null && rows.length > 0 ? (_jsx("span", { class: "error-text", title: error, children: "Could not refresh" })) : (loaded && plural(total, "trace")) }), _jsxs("button", { type: "button", class: `button quiet live${live.value ? " on" : ""}`, "aria-pressed": live.value, title: "Look for new traces every five seconds while this tab is visible", onClick: () => {
                    live.value = !live.value;
                }, children: [_jsx("span", { class: "live-dot" }), "Live"] }), _jsx("button", { type: "button", class: `icon-button${busy === "first" ? " busy" : ""}`, title: "Refresh", "aria-label": "Refresh", onClick: () => void list.refresh(), children: _jsx(Icon, { name: "refresh" }) })] }));
}
