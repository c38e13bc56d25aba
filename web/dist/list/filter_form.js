import { jsx as _jsx, jsxs as _jsxs } from "preact/jsx-runtime";
import { useEffect, useRef } from "preact/hooks";
import { FIELD_LABELS, TEXT_FIELDS } from "./filters.js";
/** The filters beside search, as a small form; Escape and a click elsewhere close it. */
export function FilterForm({ filters, onChange, onClose }) {
    const form = useRef(null);
    useFocusUntilLeft(form, onClose);
    const submit = (event) => {
        event.preventDefault();
        onChange(readForm(new FormData(event.currentTarget), filters));
        onClose();
    };
    return (_jsxs("form", { class: "popover filter-form", ref: form, onSubmit: submit, children: [TEXT_FIELDS.map((field) => (_jsxs("label", { children: [FIELD_LABELS[field], _jsx("input", { name: field, defaultValue: filters[field], autocomplete: "off" })] }, field))), _jsxs("label", { children: ["Tags", _jsx("input", { name: "tags", defaultValue: filters.tags.join(", "), placeholder: "all of these, with commas", autocomplete: "off" })] }), _jsxs("label", { children: ["From", _jsx("input", { name: "from", type: "datetime-local", step: "1", defaultValue: localTime(filters.fromTimestamp) })] }), _jsxs("label", { children: ["To", _jsx("input", { name: "to", type: "datetime-local", step: "1", defaultValue: localTime(filters.toTimestamp) })] }), _jsxs("div", { class: "form-actions", children: [_jsx("button", { type: "button", class: "button quiet", onClick: onClose, children: "Cancel" }), _jsx("button", { type: "submit", class: "button primary", children: "Apply" })] })] }));
}
function readForm(data, before) {
    const text = (name) => String(data.get(name) ?? "").trim();
    const fromTimestamp = isoTime(text("from"));
    const toTimestamp = isoTime(text("to"));
    const custom = fromTimestamp !== "" || toTimestamp !== "";
    return {
        search: before.search,
        range: custom ? "custom" : before.range === "custom" ? "any" : before.range,
        fromTimestamp,
        toTimestamp,
        name: text("name"),
        userId: text("userId"),
        sessionId: text("sessionId"),
        environment: text("environment"),
        tags: [...new Set(text("tags").split(",").map((tag) => tag.trim()).filter((tag) => tag !== ""))],
    };
}
function isoTime(local) {
    const time = Date.parse(local);
    return Number.isNaN(time) ? "" : new Date(time).toISOString();
}
// What a datetime-local field wants: the reader's own zone, to the second.
function localTime(iso) {
    if (iso === "")
        return "";
    const time = new Date(iso);
    return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
function useFocusUntilLeft(form, onClose) {
    useEffect(() => {
        form.current?.querySelector("input")?.focus();
        const onKey = (event) => {
            if (event.key === "Escape")
                onClose();
        };
        const onPress = (event) => {
            const anchor = form.current?.parentElement;
            if (event.target instanceof Node && !anchor?.contains(event.target))
                onClose();
        };
        document.addEventListener("keydown", onKey);
        document.addEventListener("pointerdown", onPress);
        return () => {
            document.removeEventListener("keydown", onKey);
            document.removeEventListener("pointerdown", onPress);
        };
    }, []);
}
