// A list of traces that grows at its end and is refreshed at its top.
import { signal } from "@preact/signals";
import { isAborted, messageOf } from "../api/client.js";
const EMPTY = { rows: [], total: 0, cursor: null, busy: null, loaded: false, error: null };
/** Makes an empty list; `onError` may take an error over by returning true. */
export function createTraceList(readPage, onError) {
    const state = signal(EMPTY);
    const closing = new AbortController();
    async function fetchPage(busy, cursor, merge) {
        if (state.value.busy !== null || closing.signal.aborted)
            return;
        state.value = { ...state.value, busy };
        try {
            const page = await readPage(cursor, closing.signal);
            state.value = { ...merge(state.value, page), total: page.total, busy: null, loaded: true, error: null };
        }
        catch (error) {
            if (isAborted(error) || closing.signal.aborted)
                return;
            state.value = { ...state.value, busy: null, error: onError(error) ? null : messageOf(error) };
        }
    }
    return {
        state,
        refresh: () => fetchPage("first", null, mergeNewest),
        loadMore: async () => {
            const { cursor, error } = state.value;
            if (cursor !== null && error === null)
                await fetchPage("more", cursor, append);
        },
        close: () => closing.abort(),
    };
}
function append(state, page) {
    const known = new Set(state.rows.map((row) => row.id));
    const rows = [...state.rows, ...page.data.filter((row) => !known.has(row.id))];
    return { ...state, rows, cursor: page.cursor ?? null };
}
/**
 * Puts a fresh first page above the older rows that were loaded before. When they do not touch, more traces came than
 * a page holds: then only the page is kept, and the rest is fetched again while scrolling.
 */
export function mergeNewest(state, page) {
    const fresh = new Set(page.data.map((row) => row.id));
    const overlap = state.rows.findLastIndex((row) => fresh.has(row.id));
    const older = overlap === -1 ? [] : state.rows.slice(overlap + 1);
    const cursor = (older.length > 0 ? state.cursor : page.cursor) ?? null;
    return { ...state, rows: [...page.data, ...older], cursor };
}
