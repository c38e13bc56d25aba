import { jsx as _jsx, jsxs as _jsxs } from "preact/jsx-runtime";
import { formatExactTime } from "../format.js";
import { Icon } from "../frame/icon.js";
import { FIELD_LABELS, NO_FILTERS, TEXT_FIELDS } from "./filters.js";
/** The filters in force, each with a button to drop it. */
export function FilterChips({ filters, onChange }) {
    const chips = chipsOf(filters);
    if (chips.length === 0)
        return null;
    return (_jsxs("ul", { class: "chips", "aria-label": "Filters in force", children: [chips.map(({ label, value, without }) => (_jsxs("li", { class: "filter-chip", children: [_jsx("span", { class: "chip-label", children: label }), _jsx("span", { class: "chip-value", title: value, children: value }), _jsx("button", { type: "button", "aria-label": `Drop the filter ${label}: ${value}`, onClick: () => onChange(without), children: _jsx(Icon, { name: "cross" }) })] }, `${label} ${value}`))), chips.length > 1 && (_jsx("li", { children: _jsx("button", { type: "button", class: "button quiet", onClick: () => onChange({ ...NO_FILTERS, search: filters.search }), children: "Clear" }) }))] }));
}
function chipsOf(filters) {
    const fields = TEXT_FIELDS.filter((field) => filters[field] !== "").map((field) => ({
        label: FIELD_LABELS[field],
        value: filters[field],
        without: { ...filters, [field]: "" },
    }));
    const tags = filters.tags.map((tag) => ({
        label: FIELD_LABELS.tag,
        value: tag,
        without: { ...filters, tags: filters.tags.filter((other) => other !== tag) },
    }));
    return [...timeChips(filters), ...fields, ...tags];
}
function timeChips(filters) {
    if (filters.range !== "custom")
        return [];
    const times = [
        { label: "From", value: filters.fromTimestamp, rest: { ...filters, fromTimestamp: "" } },
        { label: "To", value: filters.toTimestamp, rest: { ...filters, toTimestamp: "" } },
    ];
    return times
        .filter(({ value }) => value !== "")
        .map(({ label, value, rest }) => ({ label, value: formatExactTime(value), without: withoutEmptyRange(rest) }));
}
function withoutEmptyRange(filters) {
    return filters.fromTimestamp === "" && filters.toTimestamp === "" ? { ...filters, range: "any" } : filters;
}
