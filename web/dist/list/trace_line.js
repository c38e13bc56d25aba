import { Fragment as _Fragment, jsx as _jsx, jsxs as _jsxs } from "preact/jsx-runtime";
import { now } from "../clock.js";
import { NOTHING, formatCost, formatCount, formatDuration, formatExactCost, formatExactCount, formatExactTime, formatRelative, formatScore, hasTokens, plural, } from "../format.js";
import { Icon } from "../frame/icon.js";
import { sessionPath, tracePath } from "../router.js";
/** One trace of the list. The whole line leads to the trace; its user, environment and tags narrow the list. */
export function TraceLine({ projectId, row, number, filters, onChange }) {
    const narrowTo = (change) => () => onChange({ ...filters, ...change });
    return (_jsxs("tr", { role: "row", "aria-rowindex": number, children: [_jsx("td", { role: "cell", class: "col-time", title: formatExactTime(row.timestamp), children: formatRelative(row.timestamp, now.value) }), _jsx("td", { role: "cell", class: "col-name", children: _jsx("a", { class: "row-link", href: tracePath(projectId, row.id), title: row.name ?? row.id, children: row.name ?? _jsx("span", { class: "unnamed", children: row.id }) }) }), _jsx("td", { role: "cell", class: "col-user", children: row.userId !== null && _jsx(Narrow, { text: row.userId, onClick: narrowTo({ userId: row.userId }) }) }), _jsx("td", { role: "cell", class: "col-session", children: row.sessionId !== null && (_jsx("a", { class: "cell-link", href: sessionPath(projectId, row.sessionId), title: `Session ${row.sessionId}`, children: row.sessionId })) }), _jsx("td", { role: "cell", class: "col-environment", children: row.environment !== null && _jsx(Narrow, { text: row.environment, onClick: narrowTo({ environment: row.environment }) }) }), _jsx("td", { role: "cell", class: "col-tags", children: row.tags.map((tag) => (_jsx("button", { type: "button", class: "tag", title: `Only traces with the tag ${tag}`, onClick: narrowTo({ tags: [...new Set([...filters.tags, tag])] }), children: tag }, tag))) }), _jsx("td", { role: "cell", class: "col-latency", children: formatDuration(row.latencyMs) }), _jsx("td", { role: "cell", class: hasTokens(row.totalTokens) ? "col-tokens" : "col-tokens none", title: tokensTitle(row), children: hasTokens(row.totalTokens) ? formatCount(row.totalTokens) : NOTHING }), _jsx("td", { role: "cell", class: row.totalCost === null ? "col-cost none" : "col-cost", title: row.totalCost === null ? undefined : formatExactCost(row.totalCost), children: formatCost(row.totalCost) }), _jsx("td", { role: "cell", class: "col-levels", children: _jsx(Levels, { row: row }) }), _jsx("td", { role: "cell", class: "col-steps", children: formatCount(row.observationCount) }), _jsx("td", { role: "cell", class: "col-scores", children: _jsx(Scores, { scores: row.scores }) })] }));
}
function Narrow({ text, onClick }) {
    return (_jsx("button", { type: "button", class: "cell-link", title: `Only traces with ${text}`, onClick: onClick, children: text }));
}
function tokensTitle(row) {
    if (!hasTokens(row.totalTokens))
        return undefined;
    return `${formatExactCount(row.inputTokens ?? 0)} in, ${formatExactCount(row.outputTokens ?? 0)} out`;
}
function Levels({ row }) {
    return (_jsxs(_Fragment, { children: [row.errorCount > 0 && (_jsxs("span", { class: "badge error", title: plural(row.errorCount, "error"), children: [_jsx(Icon, { name: "warning" }), formatCount(row.errorCount)] })), row.warningCount > 0 && (_jsxs("span", { class: "badge warning", title: plural(row.warningCount, "warning"), children: [_jsx(Icon, { name: "warning" }), formatCount(row.warningCount)] }))] }));
}
const SHOWN_SCORES = 2;
function Scores({ scores }) {
    const all = scores.map((score) => `${score.name} ${formatScore(score.value)}`);
    return (_jsxs("span", { class: "score-list", title: all.join("\n"), children: [scores.slice(0, SHOWN_SCORES).map((score, index) => (_jsxs("span", { class: "score", children: [score.name, " ", _jsx("b", { children: formatScore(score.value) })] }, index))), scores.length > SHOWN_SCORES && _jsxs("span", { class: "more", children: ["+", scores.length - SHOWN_SCORES] })] }));
}
