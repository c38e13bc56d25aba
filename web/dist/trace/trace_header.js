import { Fragment as _Fragment, jsx as _jsx, jsxs as _jsxs } from "preact/jsx-runtime";
import { formatCost, formatDuration, formatExactCost, formatExactCount, formatExactTime, formatRelative, formatTokens, hasTokens, plural, } from "../format.js";
import { now } from "../clock.js";
import { CopyButton } from "../frame/copy_button.js";
import { Icon } from "../frame/icon.js";
import { sessionPath, tracesPath } from "../router.js";
import { nextWithLevel } from "./levels.js";
/** What a trace is and what it amounts to. */
export function TraceHeader({ view, open }) {
    const { trace } = open.answer;
    return (_jsxs("header", { class: "page-head trace-head", children: [_jsxs("nav", { class: "crumbs", "aria-label": "Breadcrumb", children: [_jsx("a", { href: tracesPath(view.projectId), children: "Traces" }), _jsx("span", { "aria-hidden": "true", children: "/" }), _jsx("span", { class: "crumb-id", children: trace.id }), _jsx(CopyButton, { text: () => trace.id, label: "Copy the trace's id" })] }), _jsxs("div", { class: "trace-title", children: [_jsx("h1", { children: trace.name ?? "Unnamed trace" }), trace.public && _jsx("span", { class: "badge", children: "Public" }), _jsx(LevelButton, { view: view, open: open, level: "ERROR", count: trace.errorCount, noun: "error" }), _jsx(LevelButton, { view: view, open: open, level: "WARNING", count: trace.warningCount, noun: "warning" })] }), _jsxs("p", { class: "facts", children: [_jsx("span", { title: formatExactTime(trace.timestamp), children: formatRelative(trace.timestamp, now.value) }), _jsx("span", { title: "Latency", children: formatDuration(trace.latencyMs) }), trace.totalCost !== null && _jsx("span", { title: formatExactCost(trace.totalCost), children: formatCost(trace.totalCost) }), _jsx(Tokens, { open: open }), _jsx(TraceLinks, { view: view, open: open }), trace.tags.map((tag) => (_jsx("a", { class: "tag", href: tracesPath(view.projectId, new URLSearchParams({ tag })), children: tag }, tag)))] })] }));
}
function Tokens({ open }) {
    const { totalTokens, inputTokens, outputTokens } = open.answer.trace;
    if (!hasTokens(totalTokens))
        return null;
    return (_jsxs("span", { title: `${formatExactCount(totalTokens)} tokens`, children: [formatTokens(inputTokens, outputTokens, totalTokens), " tokens"] }));
}
function TraceLinks({ view, open }) {
    const { userId, sessionId, environment, release, version } = open.answer.trace;
    const withFilter = (filter) => tracesPath(view.projectId, new URLSearchParams(filter));
    return (_jsxs(_Fragment, { children: [userId !== null && (_jsxs("span", { children: [_jsx("span", { class: "fact-label", children: "User" }), " ", _jsx("a", { href: withFilter({ userId }), children: userId })] })), sessionId !== null && (_jsxs("span", { children: [_jsx("span", { class: "fact-label", children: "Session" }), " ", _jsx("a", { href: sessionPath(view.projectId, sessionId), children: sessionId })] })), environment !== null && (_jsxs("span", { children: [_jsx("span", { class: "fact-label", children: "Env" }), " ", _jsx("a", { href: withFilter({ environment }), children: environment })] })), release !== null && (_jsxs("span", { children: [_jsx("span", { class: "fact-label", children: "Release" }), " ", release] })), version !== null && (_jsxs("span", { children: [_jsx("span", { class: "fact-label", children: "Version" }), " ", version] }))] }));
}
function LevelButton({ view, open, level, count, noun }) {
    if (count === 0)
        return null;
    const id = nextWithLevel(open.tree, level, view.selected.value);
    return (_jsxs("button", { type: "button", class: `badge ${noun}`, title: `Go to the next ${noun}`, disabled: id === null, onClick: () => id !== null && view.select(id), children: [_jsx(Icon, { name: "warning" }), plural(count, noun)] }));
}
