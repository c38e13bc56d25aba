import { jsx as _jsx, jsxs as _jsxs } from "preact/jsx-runtime";
import { CopyButton } from "../frame/copy_button.js";
import { Folding } from "./folding.js";
import { messageText } from "./conversation.js";
import { JsonTree } from "./json_tree.js";
import { MarkdownView } from "./markdown_view.js";
import { ToolCall, ToolResult } from "./tool_view.js";
const KNOWN_ROLES = ["system", "developer", "user", "assistant", "model", "tool"];
/** One message: who speaks, and what is said, thought, called or returned. */
export function MessageView({ message }) {
    const { role, name, parts } = message;
    const tone = KNOWN_ROLES.includes(role) ? role : "other";
    return (_jsxs("article", { class: `message role-${tone}`, children: [_jsxs("header", { class: "message-head", children: [_jsx("span", { class: "role", children: role }), name !== null && _jsx("span", { class: "role-name", children: name }), _jsx("span", { class: "spacer" }), _jsx(CopyButton, { text: () => messageText(message), label: "Copy the message" })] }), _jsxs("div", { class: "message-body", children: [parts.length === 0 && _jsx("span", { class: "json-empty", children: "no content" }), parts.map((part, index) => (_jsx(PartView, { part: part, folds: tone === "system" || tone === "developer" }, index)))] })] }));
}
function PartView({ part, folds }) {
    switch (part.kind) {
        case "text":
            return (_jsx(Folding, { size: part.text.length, eager: folds, children: _jsx(MarkdownView, { text: part.text }) }));
        case "thinking":
            return (_jsxs("details", { class: "thinking", children: [_jsx("summary", { children: "Thinking" }), _jsx(MarkdownView, { text: part.text })] }));
        case "image":
            return _jsx(Picture, { source: part.source });
        case "call":
            return _jsx(ToolCall, { name: part.name, id: part.id, input: part.input });
        case "result":
            return _jsx(ToolResult, { name: part.name, id: part.id, output: part.output });
        case "other":
            return _jsx(JsonTree, { value: part.value });
    }
}
// Only pictures that came with the message are shown: one from elsewhere would tell that place who is reading.
function Picture({ source }) {
    if (/^data:image\/(png|jpeg|gif|webp);/.test(source))
        return _jsx("img", { class: "picture", src: source, alt: "", loading: "lazy" });
    if (/^https?:\/\//.test(source)) {
        return (_jsxs("a", { class: "picture-link", href: source, target: "_blank", rel: "noreferrer noopener", children: ["Picture: ", source] }));
    }
    return _jsxs("code", { class: "picture-link", children: ["Picture: ", source.slice(0, 200)] });
}
