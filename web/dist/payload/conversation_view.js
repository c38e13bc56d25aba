import { jsx as _jsx, jsxs as _jsxs } from "preact/jsx-runtime";
import { useState } from "preact/hooks";
import { plural } from "../format.js";
import { JsonTree } from "./json_tree.js";
import { MessageView } from "./message_view.js";
/** How many of the last messages of a long conversation are shown at first, beside the first one. */
const LAST_SHOWN = 30;
/** The messages of a payload, one under the other. */
export function ConversationView({ conversation: { messages, tools, rest } }) {
    const [all, setAll] = useState(false);
    const skipped = all ? 0 : Math.max(0, messages.length - LAST_SHOWN - 1);
    return (_jsxs("div", { class: "conversation", children: [tools.length > 0 && _jsx(Tools, { names: tools }), messages.slice(0, 1).map((message) => (_jsx(MessageView, { message: message }, "first"))), skipped > 0 && (_jsxs("button", { type: "button", class: "button skipped", onClick: () => setAll(true), children: ["Show ", plural(skipped, "earlier message")] })), messages.slice(skipped + 1).map((message, index) => (_jsx(MessageView, { message: message }, skipped + index))), rest && (_jsxs("details", { class: "rest", children: [_jsxs("summary", { children: ["Beside the messages: ", Object.keys(rest).join(", ")] }), _jsx(JsonTree, { value: rest })] }))] }));
}
function Tools({ names }) {
    return (_jsxs("details", { class: "offered", children: [_jsxs("summary", { children: [plural(names.length, "tool"), " offered"] }), _jsx("ul", { children: names.map((name) => (_jsx("li", { children: _jsx("code", { children: name }) }, name))) })] }));
}
