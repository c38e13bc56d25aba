import { jsx as _jsx, jsxs as _jsxs } from "preact/jsx-runtime";
import { Failure, Notice, Skeleton } from "../frame/notice.js";
import { NO_FILTERS, isFiltered } from "./filters.js";
import { FirstTrace } from "./first_trace.js";
import { TraceTable } from "./trace_table.js";
/** The traces, or why there are none. */
export function ListBody({ projectId, list, filters, onChange }) {
    const { rows, loaded, error } = list.state.value;
    if (rows.length > 0)
        return _jsx(TraceTable, { projectId: projectId, list: list, filters: filters, onChange: onChange });
    if (error !== null)
        return _jsx(Failure, { title: "The traces could not be read", message: error, retry: () => void list.refresh() });
    if (!loaded)
        return _jsx(Skeleton, { rows: 12 });
    if (!isFiltered(filters))
        return _jsx(FirstTrace, {});
    return (_jsxs(Notice, { title: "No traces match", children: [_jsx("p", { children: "Nothing in this project fits all of the filters." }), _jsx("button", { type: "button", class: "button", onClick: () => onChange(NO_FILTERS), children: "Clear filters" })] }));
}
