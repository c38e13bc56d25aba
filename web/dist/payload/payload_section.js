import { jsx as _jsx, jsxs as _jsxs } from "preact/jsx-runtime";
import { signal } from "@preact/signals";
import { useErrorBoundary, useMemo } from "preact/hooks";
import { formatSize } from "../format.js";
import { CopyButton } from "../frame/copy_button.js";
import { ConversationView } from "./conversation_view.js";
import { recognise } from "./conversation.js";
import { JsonTree } from "./json_tree.js";
import { parseJson } from "./json.js";
import { LongText } from "./long_text.js";
import { MarkdownView } from "./markdown_view.js";
/** What the reader last chose; kept from step to step, and passed over where a payload cannot be shown so. */
const chosen = signal(null);
/** Longer texts are shown raw until someone asks for more: reading them as JSON would stop the page. */
const READ_AT_MOST = 20_000_000;
/** A payload under its title, in the best way to read it, with the other ways to choose from. */
export function PayloadSection({ title, text }) {
    const reading = useMemo(() => (text === null ? null : readPayload(text)), [text]);
    if (text === null || text === "" || !reading)
        return null;
    const mode = chosen.value !== null && reading.modes.includes(chosen.value) ? chosen.value : (reading.modes[0] ?? "Raw");
    return (_jsxs("section", { class: "section payload", children: [_jsxs("div", { class: "section-head", children: [_jsx("h3", { children: title }), text.length > 10_000 && _jsx("span", { class: "pane-note", children: formatSize(text.length) }), _jsx("span", { class: "spacer" }), _jsx(ModeChoice, { modes: reading.modes, mode: mode, title: title }), _jsx(CopyButton, { text: () => text, label: `Copy the ${title.toLowerCase()}` })] }), _jsx(PayloadBody, { mode: mode, text: text, reading: reading })] }));
}
function readPayload(text) {
    if (text.length > READ_AT_MOST)
        return { modes: ["Raw"], json: undefined, conversation: null };
    const json = parseJson(text);
    if (json === undefined)
        return { modes: ["Text", "Raw"], json, conversation: null };
    if (typeof json === "string")
        return { modes: ["Text", "Raw"], json, conversation: null };
    const conversation = recognise(json);
    return { modes: conversation ? ["Chat", "JSON", "Raw"] : ["JSON", "Raw"], json, conversation };
}
function ModeChoice({ modes, mode, title }) {
    if (modes.length < 2)
        return null;
    return (_jsx("span", { class: "segments", role: "group", "aria-label": `How to show the ${title.toLowerCase()}`, children: modes.map((candidate) => (_jsx("button", { type: "button", "aria-pressed": candidate === mode, onClick: () => {
                chosen.value = candidate;
            }, children: candidate }, candidate))) }));
}
// Whatever a client managed to send: if it cannot be drawn, its text can.
function PayloadBody(props) {
    const [failure] = useErrorBoundary();
    return failure === undefined ? _jsx(DrawnBody, { ...props }) : _jsx(LongText, { text: props.text });
}
function DrawnBody({ mode, text, reading: { json, conversation } }) {
    switch (mode) {
        case "Chat":
            return conversation && _jsx(ConversationView, { conversation: conversation });
        case "JSON":
            return json === undefined ? null : _jsx(JsonTree, { value: json });
        case "Text":
            return (_jsx("div", { class: "text-body", children: _jsx(MarkdownView, { text: typeof json === "string" ? json : text }) }));
        case "Raw":
            return _jsx(LongText, { text: text });
    }
}
