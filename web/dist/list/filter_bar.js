import { jsx as _jsx, jsxs as _jsxs } from "preact/jsx-runtime";
import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../frame/icon.js";
import { FilterChips } from "./filter_chips.js";
import { FilterForm } from "./filter_form.js";
import { countFields } from "./filters.js";
const TYPING_PAUSE_MS = 250;
const RANGES = [
    ["any", "Any time"],
    ["1h", "Last hour"],
    ["24h", "Last 24 hours"],
    ["7d", "Last 7 days"],
    ["30d", "Last 30 days"],
    ["custom", "Between…"],
];
/** Search, time range and the other filters, each as a chip once it is set. */
export function FilterBar({ filters, onChange }) {
    const [open, setOpen] = useState(false);
    const chooseRange = (range) => {
        if (range === "custom")
            setOpen(true);
        else
            onChange({ ...filters, range, fromTimestamp: "", toTimestamp: "" });
    };
    const count = countFields(filters);
    return (_jsxs("div", { class: "filter-bar", children: [_jsx(SearchField, { filters: filters, onChange: onChange }), _jsx("select", { class: "control choice", "aria-label": "Time range", value: filters.range, onChange: (event) => chooseRange(event.currentTarget.value), children: RANGES.map(([range, label]) => (_jsx("option", { value: range, children: label }, range))) }), _jsxs("div", { class: "popover-anchor", children: [_jsxs("button", { type: "button", class: "button", "aria-expanded": open, "aria-label": count > 0 ? `Filter: ${count} set` : "Filter", onClick: () => setOpen(!open), children: [_jsx(Icon, { name: "filter" }), "Filter", count > 0 && _jsx("span", { class: "count", children: count })] }), open && _jsx(FilterForm, { filters: filters, onChange: onChange, onClose: () => setOpen(false) })] }), _jsx(FilterChips, { filters: filters, onChange: onChange })] }));
}
// Its text is its own while someone types; the address follows after a pause.
function SearchField({ filters, onChange }) {
    const [text, setText] = useState(filters.search);
    const latest = useRef({ filters, onChange });
    latest.current = { filters, onChange };
    useEffect(() => setText(filters.search), [filters.search]);
    useEffect(() => {
        if (text === latest.current.filters.search)
            return undefined;
        const timer = setTimeout(() => latest.current.onChange({ ...latest.current.filters, search: text }), TYPING_PAUSE_MS);
        return () => clearTimeout(timer);
    }, [text]);
    return (_jsxs("label", { class: "search control", children: [_jsx(Icon, { name: "search" }), _jsx("input", { type: "search", placeholder: "Search id or name", "aria-label": "Search id or name", value: text, onInput: (event) => setText(event.currentTarget.value) })] }));
}
