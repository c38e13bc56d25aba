import { Fragment as _Fragment, jsx as _jsx, jsxs as _jsxs } from "preact/jsx-runtime";
// Markdown from a model, which is nobody's HTML: marked only cuts the text into tokens, and every token becomes an
// element here. HTML in the text stays text, and links lead to the web or nowhere.
import { lexer } from "marked";
import { useMemo } from "preact/hooks";
import { LongText } from "./long_text.js";
/** Longer texts are shown as they are: there are texts that marked reads in quadratic time. */
const READ_AT_MOST = 20_000;
/** How deep lists and quotes may be nested before what is inside them is shown as it is. */
const DEEPEST = 24;
/** A text with its Markdown rendered. */
export function MarkdownView({ text }) {
    const tokens = useMemo(() => readMarkdown(text), [text]);
    if (!tokens)
        return _jsx(LongText, { text: text });
    return _jsx("div", { class: "markdown", children: renderAll(tokens, 0) });
}
function readMarkdown(text) {
    if (text.length > READ_AT_MOST)
        return null;
    try {
        return lexer(text, { gfm: true, breaks: true });
    }
    catch {
        return null;
    }
}
function renderAll(tokens, depth) {
    return tokens?.map((token, index) => _jsx(Rendered, { token: token, depth: depth + 1 }, index));
}
function Rendered({ token, depth }) {
    if (depth > DEEPEST)
        return _jsx(_Fragment, { children: token.raw });
    return _jsx(_Fragment, { children: renderBlock(token, depth) ?? renderInline(token, depth) });
}
function renderBlock(token, depth) {
    switch (token.type) {
        case "paragraph":
            return _jsx("p", { children: renderAll(token.tokens, depth) });
        case "heading":
            return _jsx("p", { class: `heading h${token.depth}`, children: renderAll(token.tokens, depth) });
        case "code":
            return _jsx("pre", { class: "code", children: token.text });
        case "blockquote":
            return _jsx("blockquote", { children: renderAll(token.tokens, depth) });
        case "list":
            return renderList(token, depth);
        case "table":
            return renderTable(token, depth);
        case "hr":
            return _jsx("hr", {});
        case "space":
            return null;
        case "def":
            return _jsx("p", { children: token.raw });
        default:
            return undefined;
    }
}
function renderInline(token, depth) {
    switch (token.type) {
        case "strong":
            return _jsx("strong", { children: renderAll(token.tokens, depth) });
        case "em":
            return _jsx("em", { children: renderAll(token.tokens, depth) });
        case "del":
            return _jsx("del", { children: renderAll(token.tokens, depth) });
        case "codespan":
            return _jsx("code", { children: token.text });
        case "br":
            return _jsx("br", {});
        case "link":
            return renderLink(token, depth);
        case "text":
            return "tokens" in token && token.tokens ? renderAll(token.tokens, depth) : token.text;
        case "escape":
            return token.text;
        case "checkbox":
            return _jsx("input", { type: "checkbox", checked: token.checked, disabled: true });
        default:
            return token.raw;
    }
}
function renderLink(token, depth) {
    if (!/^(https?|mailto):/i.test(token.href))
        return token.raw;
    return (_jsx("a", { href: token.href, title: token.href, target: "_blank", rel: "noreferrer noopener", children: renderAll(token.tokens, depth) }));
}
function renderList(token, depth) {
    const items = token.items.map((item, index) => (_jsx("li", { children: renderAll(item.tokens, depth) }, index)));
    return token.ordered ? _jsx("ol", { start: token.start === "" ? 1 : token.start, children: items }) : _jsx("ul", { children: items });
}
function renderTable(token, depth) {
    const cells = (row, Cell) => row.map((cell, index) => (_jsx(Cell, { class: cell.align ? `align-${cell.align}` : undefined, children: renderAll(cell.tokens, depth) }, index)));
    return (_jsx("div", { class: "table-scroll", children: _jsxs("table", { children: [_jsx("thead", { children: _jsx("tr", { children: cells(token.header, "th") }) }), _jsx("tbody", { children: token.rows.map((row, index) => (_jsx("tr", { children: cells(row, "td") }, index))) })] }) }));
}
