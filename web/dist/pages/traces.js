import { jsx as _jsx, jsxs as _jsxs } from "preact/jsx-runtime";
import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { readTraces } from "../api/client.js";
import { everyWhileVisible, now } from "../clock.js";
import { useTitle } from "../frame/title.js";
import { FilterBar } from "../list/filter_bar.js";
import { filtersFromUrl, filtersToQuery, filtersToUrl, isFiltered } from "../list/filters.js";
import { ListBody } from "../list/list_body.js";
import { ListStatus } from "../list/list_status.js";
import { createTraceList } from "../list/traces.js";
import { place, replaceAddress, tracesPath } from "../router.js";
import { leavesSession } from "../session.js";
const PAGE_SIZE = "50";
const LIVE_MS = 5_000;
/** The traces of a project, newest first, narrowed by the filters in the address. */
export function TracesPage({ projectId }) {
    const live = useSignal(false);
    const key = place.value.query;
    const filters = useMemo(() => filtersFromUrl(new URLSearchParams(key)), [key]);
    const list = useMemo(() => openList(projectId, filters), [projectId, filters]);
    const { loaded, rows } = list.state.value;
    const waitsForFirst = loaded && rows.length === 0 && !isFiltered(filters);
    const follows = live.value || waitsForFirst;
    useTitle("Traces");
    useEffect(() => {
        void list.refresh();
        return () => list.close();
    }, [list]);
    useEffect(() => {
        if (!follows)
            return undefined;
        return everyWhileVisible(LIVE_MS, () => void list.refresh());
    }, [list, follows]);
    const change = (next) => replaceAddress(tracesPath(projectId, filtersToUrl(next)));
    return (_jsxs("div", { class: "traces", children: [_jsxs("div", { class: "list-bar", children: [_jsx(FilterBar, { filters: filters, onChange: change }), _jsx(ListStatus, { list: list, live: live })] }), _jsx(ListBody, { projectId: projectId, list: list, filters: filters, onChange: change })] }));
}
function openList(projectId, filters) {
    let from = Date.now();
    return createTraceList((cursor, signal) => {
        if (cursor === null) {
            from = Date.now();
            now.value = from;
        }
        const query = filtersToQuery(filters, from);
        query.set("limit", PAGE_SIZE);
        if (cursor !== null)
            query.set("cursor", cursor);
        return readTraces(projectId, query, signal);
    }, leavesSession);
}
