import { Fragment as _Fragment, jsx as _jsx, jsxs as _jsxs } from "preact/jsx-runtime";
import { useEffect, useMemo } from "preact/hooks";
import { readTraces } from "../api/client.js";
import { NOTHING, formatCost, formatCount, formatDuration, formatExactTime, hasTokens, plural } from "../format.js";
import { Failure, Notice, Skeleton } from "../frame/notice.js";
import { useTitle } from "../frame/title.js";
import { createTraceList } from "../list/traces.js";
import { tracePath, tracesPath } from "../router.js";
import { leavesSession } from "../session.js";
const PAGE_SIZE = "100";
/** The traces of one session in the order they happened. */
export function SessionPage({ projectId, sessionId }) {
    const list = useMemo(() => openSession(projectId, sessionId), [projectId, sessionId]);
    const { rows, loaded, error } = list.state.value;
    useTitle(`Session ${sessionId}`);
    useEffect(() => {
        void list.refresh();
        return () => list.close();
    }, [list]);
    return (_jsxs("div", { class: "session", children: [_jsxs("header", { class: "page-head", children: [_jsxs("nav", { class: "crumbs", "aria-label": "Breadcrumb", children: [_jsx("a", { href: tracesPath(projectId), children: "Traces" }), _jsx("span", { "aria-hidden": "true", children: "/" }), _jsx("span", { children: "Session" })] }), _jsx("h1", { title: sessionId, children: sessionId }), rows.length > 0 && _jsx(SessionFacts, { list: list })] }), error !== null && _jsx(Failure, { title: "The session could not be read", message: error, retry: () => void list.refresh() }), !loaded && error === null && _jsx(Skeleton, { rows: 6 }), loaded && rows.length === 0 && error === null && (_jsx(Notice, { title: "No traces in this session", children: _jsx("p", { children: "No trace of this project carries this session id." }) })), rows.length > 0 && _jsx(SessionTraces, { projectId: projectId, list: list })] }));
}
function openSession(projectId, sessionId) {
    return createTraceList((cursor, signal) => {
        const query = new URLSearchParams({ sessionId, limit: PAGE_SIZE });
        if (cursor !== null)
            query.set("cursor", cursor);
        return readTraces(projectId, query, signal);
    }, leavesSession);
}
function SessionFacts({ list }) {
    const { rows, total, cursor } = list.state.value;
    const sum = (of) => rows.reduce((amount, row) => amount + (of(row) ?? 0), 0);
    const tokens = sum((row) => row.totalTokens);
    const users = [...new Set(rows.flatMap((row) => row.userId ?? []))];
    return (_jsxs("p", { class: "facts", children: [_jsx("span", { children: plural(total, "trace") }), users.length > 0 && _jsx("span", { children: users.join(", ") }), cursor === null && (_jsxs(_Fragment, { children: [_jsxs("span", { children: [formatDuration(sum((row) => row.latencyMs)), " at work"] }), tokens > 0 && _jsxs("span", { children: [formatCount(tokens), " tokens"] }), rows.some((row) => row.totalCost !== null) && _jsx("span", { children: formatCost(sum((row) => row.totalCost)) })] }))] }));
}
// The server lists the newest first; what is loaded is shown the other way round, with the way to older ones on top.
function SessionTraces({ projectId, list }) {
    const { rows, cursor, busy } = list.state.value;
    return (_jsxs("ol", { class: "session-traces", children: [cursor !== null && (_jsx("li", { class: "session-more", children: _jsx("button", { type: "button", class: "button", disabled: busy !== null, onClick: () => void list.loadMore(), children: busy === "more" ? "Loading…" : "Show earlier traces" }) })), rows.toReversed().map((row) => (_jsx(SessionTrace, { projectId: projectId, row: row }, row.id)))] }));
}
function SessionTrace({ projectId, row }) {
    return (_jsx("li", { children: _jsxs("a", { class: "session-trace", href: tracePath(projectId, row.id), children: [_jsx("time", { datetime: row.timestamp, children: formatExactTime(row.timestamp) }), _jsx("strong", { children: row.name ?? row.id }), _jsx("span", { class: "number", children: formatDuration(row.latencyMs) }), _jsx("span", { class: "number", children: hasTokens(row.totalTokens) ? `${formatCount(row.totalTokens)} tok` : NOTHING }), _jsx("span", { class: "number", children: formatCost(row.totalCost) }), _jsx("span", { class: "session-levels", children: row.errorCount > 0 && _jsx("span", { class: "badge error", children: plural(row.errorCount, "error") }) })] }) }));
}
