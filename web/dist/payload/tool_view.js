import { jsx as _jsx, jsxs as _jsxs } from "preact/jsx-runtime";
import { Icon } from "../frame/icon.js";
import { Folding } from "./folding.js";
import { isEmpty } from "./json.js";
import { JsonTree } from "./json_tree.js";
import { LongText } from "./long_text.js";
/** A model asking for a tool, with what it hands over. */
export function ToolCall({ name, id, input }) {
    return (_jsxs("div", { class: "tool call", children: [_jsxs("div", { class: "tool-head", children: [_jsx(Icon, { name: "TOOL" }), _jsx("b", { children: name }), id !== null && _jsx("code", { class: "tool-id", children: id })] }), _jsx(Value, { value: input })] }));
}
/** What a tool gave back. */
export function ToolResult({ name, id, output }) {
    return (_jsxs("div", { class: "tool result", children: [_jsxs("div", { class: "tool-head", children: [_jsx(Icon, { name: "check" }), _jsx("b", { children: name ?? "Result" }), id !== null && _jsx("code", { class: "tool-id", children: id })] }), _jsx(Value, { value: output })] }));
}
function Value({ value }) {
    if (isEmpty(value))
        return null;
    if (typeof value !== "string")
        return _jsx(JsonTree, { value: value });
    return (_jsx(Folding, { size: value.length, eager: true, children: _jsx(LongText, { text: value }) }));
}
