import { Fragment as _Fragment, jsx as _jsx, jsxs as _jsxs } from "preact/jsx-runtime";
import { useState } from "preact/hooks";
/** Texts longer than this are cut off at a height, with a button below; instructions earlier than what is said. */
const LONG_CHARACTERS = 6_000;
const LONG_CHARACTERS_EAGER = 900;
/** Keeps a long text from pushing everything else out of sight. */
export function Folding({ size, eager, children }) {
    const [open, setOpen] = useState(size <= (eager ? LONG_CHARACTERS_EAGER : LONG_CHARACTERS));
    if (open)
        return _jsx(_Fragment, { children: children });
    return (_jsxs("div", { class: eager ? "folded eager" : "folded", children: [_jsx("div", { class: "folded-text", children: children }), _jsx("button", { type: "button", class: "link-button", onClick: () => setOpen(true), children: "Show all" })] }));
}
