import { jsx as _jsx } from "preact/jsx-runtime";
import { useEffect, useState } from "preact/hooks";
import { Icon } from "./icon.js";
const THANKS_MS = 1500;
/** Copies a text; `text` is asked for on the click, so that large ones are not printed for nothing. */
export function CopyButton({ text, label }) {
    const [state, setState] = useState("idle");
    useEffect(() => {
        if (state === "idle")
            return undefined;
        const timer = setTimeout(() => setState("idle"), THANKS_MS);
        return () => clearTimeout(timer);
    }, [state]);
    const copy = async () => setState((await copyText(text())) ? "done" : "failed");
    return (_jsx("button", { type: "button", class: "icon-button copy", title: title(state, label), "aria-label": title(state, label), onClick: copy, children: _jsx(Icon, { name: state === "idle" ? "copy" : state === "done" ? "check" : "cross" }) }));
}
function title(state, label) {
    return { idle: label, done: "Copied", failed: "The browser refused the clipboard" }[state];
}
// Browsers keep the clipboard from pages served over plain HTTP from another machine, but still obey execCommand.
async function copyText(text) {
    if (navigator.clipboard) {
        return navigator.clipboard.writeText(text).then(() => true, () => false);
    }
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "offscreen";
    document.body.append(area);
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    return copied;
}
