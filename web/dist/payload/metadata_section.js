import { jsx as _jsx, jsxs as _jsxs } from "preact/jsx-runtime";
import { CopyButton } from "../frame/copy_button.js";
import { JsonTree } from "./json_tree.js";
import { asJson, printJson } from "./json.js";
/** A titled JSON tree; nothing when there is nothing in it. */
export function MetadataSection({ title, value }) {
    if (value === null || Object.keys(value).length === 0)
        return null;
    const json = asJson(value);
    return (_jsxs("section", { class: "section", children: [_jsxs("div", { class: "section-head", children: [_jsx("h3", { children: title }), _jsx("span", { class: "spacer" }), _jsx(CopyButton, { text: () => printJson(json), label: `Copy the ${title.toLowerCase()}` })] }), _jsx(JsonTree, { value: json })] }));
}
