import { Fragment as _Fragment, jsx as _jsx, jsxs as _jsxs } from "preact/jsx-runtime";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { Failure, Skeleton } from "../frame/notice.js";
import { useTitle } from "../frame/title.js";
import { tracesPath } from "../router.js";
import { DetailPane } from "../trace/detail_pane.js";
import { Splitter } from "../trace/splitter.js";
import { TraceHeader } from "../trace/trace_header.js";
import { TreePane } from "../trace/tree_pane.js";
import { createTraceView } from "../trace/view.js";
/** One trace: its facts on top, its steps on the left, the selected step on the right. */
export function TracePage({ projectId, traceId }) {
    const view = useMemo(() => createTraceView(projectId, traceId), [projectId, traceId]);
    const panes = useRef(null);
    const open = view.open.value;
    useTitle(open?.answer.trace.name ?? "Trace");
    useEffect(() => {
        void view.load();
        return () => view.close();
    }, [view]);
    if (!open)
        return _jsx(Unopened, { projectId: projectId, error: view.error.value, retry: () => void view.load() });
    return (_jsxs("div", { class: "trace", children: [_jsx(TraceHeader, { view: view, open: open }), _jsxs("div", { class: "trace-panes", ref: panes, children: [_jsx(TreePane, { view: view, open: open }), _jsx(Splitter, { panes: panes }), _jsx(DetailPane, { view: view, open: open })] })] }));
}
function Unopened({ projectId, error, retry }) {
    if (error === null)
        return _jsx(Skeleton, { rows: 14 });
    return (_jsxs(_Fragment, { children: [_jsx(Failure, { title: "The trace could not be opened", message: error, retry: retry }), _jsx("p", { class: "after-notice", children: _jsx("a", { href: tracesPath(projectId), children: "All traces" }) })] }));
}
