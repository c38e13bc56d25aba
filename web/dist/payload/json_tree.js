import { Fragment as _Fragment, jsx as _jsx, jsxs as _jsxs } from "preact/jsx-runtime";
import { useState } from "preact/hooks";
import { plural } from "../format.js";
import { CopyButton } from "../frame/copy_button.js";
import { Icon } from "../frame/icon.js";
import { isArray, isObject, printJson } from "./json.js";
/** Containers are open at first down to this depth, unless they hold more than so many members. */
const OPEN_DEPTH = 2;
const OPEN_MEMBERS = 40;
/** How many members of one container are shown at a time. */
const MEMBERS_SHOWN = 100;
/** How much of a long string is shown at first. */
const STRING_SHOWN = 600;
/** A JSON value as a tree whose branches are built when they are opened. */
export function JsonTree({ value }) {
    if (!isArray(value) && !isObject(value)) {
        return (_jsx("div", { class: "json", children: _jsx(Scalar, { value: value }) }));
    }
    return (_jsx("div", { class: "json", children: _jsx(Members, { value: value, depth: 0 }) }));
}
function Members({ value, depth }) {
    const [shown, setShown] = useState(MEMBERS_SHOWN);
    const keys = isArray(value) ? value.length : Object.keys(value);
    const count = typeof keys === "number" ? keys : keys.length;
    if (count === 0)
        return _jsx("span", { class: "json-empty", children: isArray(value) ? "[ ]" : "{ }" });
    const members = isArray(value) ? value.slice(0, shown).map(numbered) : Object.entries(value).slice(0, shown);
    return (_jsxs("ul", { children: [members.map(([key, item]) => (_jsx(Member, { name: key, value: item, depth: depth, index: isArray(value) }, key))), count > shown && (_jsx("li", { children: _jsx("button", { type: "button", class: "link-button", onClick: () => setShown(shown * 10), children: plural(count - shown, "more member") }) }))] }));
}
function numbered(item, index) {
    return [String(index), item];
}
function Member({ name, value, depth, index }) {
    const container = (isArray(value) || isObject(value)) && sizeOf(value) > 0;
    const key = _jsx("span", { class: index ? "json-index" : "json-key", children: name });
    if (container)
        return _jsx(Branch, { value: value, depth: depth, label: key });
    return (_jsx("li", { children: _jsxs("span", { class: "json-leaf", children: [key, isArray(value) || isObject(value) ? _jsx(Members, { value: value, depth: depth }) : _jsx(Scalar, { value: value })] }) }));
}
function Branch({ value, depth, label }) {
    const [open, setOpen] = useState(depth + 1 < OPEN_DEPTH && sizeOf(value) <= OPEN_MEMBERS);
    return (_jsxs("li", { children: [_jsxs("span", { class: "json-branch", children: [_jsxs("button", { type: "button", class: "json-toggle", "aria-expanded": open, onClick: () => setOpen(!open), children: [_jsx(Icon, { name: open ? "open" : "closed" }), label, _jsx("span", { class: "json-size", children: isArray(value) ? `[${value.length}]` : `{${sizeOf(value)}}` }), !open && _jsx("span", { class: "json-preview", children: preview(value) })] }), _jsx(CopyButton, { text: () => printJson(value), label: "Copy this part" })] }), open && _jsx(Members, { value: value, depth: depth + 1 })] }));
}
function sizeOf(value) {
    return isArray(value) ? value.length : Object.keys(value).length;
}
const PREVIEW_MEMBERS = 4;
const PREVIEW_CHARACTERS = 40;
function preview(value) {
    const texts = isArray(value)
        ? value.slice(0, PREVIEW_MEMBERS).map(glimpse)
        : Object.entries(value)
            .slice(0, PREVIEW_MEMBERS)
            .map(([key, item]) => `${key}: ${glimpse(item)}`);
    return texts.join(", ") + (sizeOf(value) > PREVIEW_MEMBERS ? ", …" : "");
}
function glimpse(value) {
    if (isArray(value))
        return value.length === 0 ? "[]" : "[…]";
    if (isObject(value))
        return "{…}";
    if (typeof value !== "string")
        return String(value);
    return value.length > PREVIEW_CHARACTERS ? `"${value.slice(0, PREVIEW_CHARACTERS)}…"` : JSON.stringify(value);
}
function Scalar({ value }) {
    if (typeof value === "string")
        return _jsx(Text, { text: value });
    return _jsx("span", { class: value === null ? "json-null" : `json-${typeof value}`, children: String(value) });
}
function Text({ text }) {
    const [shown, setShown] = useState(STRING_SHOWN);
    if (text === "")
        return _jsx("span", { class: "json-string json-blank", children: "\"\"" });
    return (_jsxs("span", { class: "json-string", children: [text.slice(0, shown), text.length > shown && (_jsxs(_Fragment, { children: ["\u2026", " ", _jsx("button", { type: "button", class: "link-button", onClick: () => setShown(shown * 300), children: plural(text.length - shown, "more character") })] }))] }));
}
