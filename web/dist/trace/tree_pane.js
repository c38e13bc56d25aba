import { jsx as _jsx, jsxs as _jsxs } from "preact/jsx-runtime";
import { useState } from "preact/hooks";
import { plural } from "../format.js";
import { Icon } from "../frame/icon.js";
import { TreeView } from "./tree_view.js";
import { findNodes } from "./tree.js";
/** The steps of a trace with the tools to find one. */
export function TreePane({ view, open }) {
    return (_jsxs("section", { class: "tree-pane", "aria-label": "Steps", children: [_jsxs("div", { class: "pane-bar", children: [_jsx(FindField, { view: view, open: open }), _jsx("span", { class: "spacer" }), _jsx("span", { class: "pane-note", children: plural(open.tree.nodes.length, "step") }), _jsx("button", { type: "button", class: "button quiet", onClick: () => view.foldAll(true), children: "Fold all" }), _jsx("button", { type: "button", class: "button quiet", onClick: () => view.foldAll(false), children: "Unfold all" })] }), _jsx(TreeView, { view: view, open: open })] }));
}
// Enter goes to the next match, Shift+Enter to the one before, both around the ends.
function FindField({ view, open }) {
    const [text, setText] = useState("");
    const [found, setFound] = useState([]);
    const selected = view.selected.value;
    const current = selected === null ? -1 : (open.tree.indexById.get(selected) ?? -1);
    const place = found.indexOf(current);
    const search = (wanted) => {
        setText(wanted);
        setFound(findNodes(open.tree, wanted));
    };
    const go = (direction) => {
        const index = neighbour(found, current, direction);
        const id = index === undefined ? undefined : open.tree.nodes[index]?.row.id;
        if (id !== undefined)
            view.select(id);
    };
    return (_jsxs("label", { class: "search control small", children: [_jsx(Icon, { name: "search" }), _jsx("input", { type: "search", placeholder: "Find a step", "aria-label": "Find a step by name, id, type, model or message; Enter goes to the next", value: text, onInput: (event) => search(event.currentTarget.value), onKeyDown: (event) => event.key === "Enter" && go(event.shiftKey ? -1 : 1) }), text.trim() !== "" && (_jsx("span", { class: "found", role: "status", children: place === -1 ? found.length : `${place + 1}/${found.length}` }))] }));
}
function neighbour(found, current, direction) {
    if (direction === 1)
        return found.find((index) => index > current) ?? found[0];
    return found.findLast((index) => index < current) ?? found.at(-1);
}
