import { Fragment as _Fragment, jsx as _jsx, jsxs as _jsxs } from "preact/jsx-runtime";
import { useState } from "preact/hooks";
import { formatSize } from "../format.js";
/** How much of a text is shown at first, in characters: more than anyone reads, little enough to appear at once. */
const FIRST_CHARACTERS = 200_000;
/** A text as it is, in lines; the rest of a very long one on request. */
export function LongText({ text }) {
    const [all, setAll] = useState(false);
    const cut = !all && text.length > FIRST_CHARACTERS;
    return (_jsxs(_Fragment, { children: [_jsx("pre", { class: "raw", children: cut ? text.slice(0, FIRST_CHARACTERS) : text }), cut && (_jsxs("button", { type: "button", class: "button show-all", onClick: () => setAll(true), children: ["Show all ", formatSize(text.length)] }))] }));
}
