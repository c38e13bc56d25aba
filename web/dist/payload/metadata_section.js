import { jsx as _jsx, jsxs as _jsxs } from "preact/jsx-runtime";
import { CopyButton } from "../frame/copy_button.js";
import { JsonTree } from "./json_tree.js";
import { asJson, isEmpty, printJson } from "./json.js";
/** A titled JSON tree; nothing when there is nothing in it. */
export function MetadataSection({ title, value }) {
    const json = asJson(value);
    if (isEmpty(json))
        return null;
    return (_jsxs("section", { class: "section", children: [_jsxs("div", { class: "section-head", children: [_jsx("h3", { children: title }), _jsx("span", { class: "spacer" }), _jsx(CopyButton, { text: () => printJson(json), label: `Copy the ${title.toLowerCase()}` })] }), _jsx(JsonTree, { value: json })] }));
}
