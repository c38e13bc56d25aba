// What is open on the page of a trace: the trace itself, the step that is selected, and which branches are folded.
import { batch, computed, effect, signal } from "@preact/signals";
import { isAborted, messageOf, readTrace } from "../api/client.js";
import { place, replaceAddress, tracePath } from "../router.js";
import { leavesSession } from "../session.js";
import { ancestors, branches, buildTree, hasChildren, visibleNodes } from "./tree.js";
// Browsers refuse an address that changes with every key that is held down.
const ADDRESS_PAUSE_MS = 200;
/** Makes the state of a trace's page; the address's `observation` is selected. */
export function createTraceView(projectId, traceId) {
    const open = signal(null);
    const error = signal(null);
    const selected = signal(observationInAddress());
    const collapsed = signal(new Set());
    const visible = computed(() => (open.value ? visibleNodes(open.value.tree, collapsed.value) : []));
    const closing = new AbortController();
    let addressTimer;
    function reveal(id) {
        const tree = open.peek()?.tree;
        const index = id === null ? undefined : tree?.indexById.get(id);
        if (!tree || index === undefined)
            return;
        const folded = ancestors(tree, index).filter((ancestor) => collapsed.peek().has(ancestor));
        if (folded.length === 0)
            return;
        const next = new Set(collapsed.peek());
        for (const ancestor of folded)
            next.delete(ancestor);
        collapsed.value = next;
    }
    // An address that only says what is selected already came from here, and must not unfold what was folded since.
    const stopFollowing = effect(() => {
        const id = new URLSearchParams(place.value.query).get("observation");
        if (id === selected.peek())
            return;
        selected.value = id;
        reveal(id);
    });
    function select(id) {
        batch(() => {
            selected.value = id;
            reveal(id);
        });
        clearTimeout(addressTimer);
        addressTimer = setTimeout(() => replaceAddress(tracePath(projectId, traceId, selected.peek())), ADDRESS_PAUSE_MS);
    }
    // A selection that a fold hides moves up to the branch that hides it.
    function setCollapsed(next) {
        collapsed.value = next;
        const tree = open.peek()?.tree;
        const index = tree?.indexById.get(selected.peek() ?? "");
        const hiding = tree && index !== undefined ? ancestors(tree, index).find((id) => next.has(id)) : undefined;
        if (hiding !== undefined)
            select(hiding);
    }
    return {
        projectId,
        traceId,
        open,
        error,
        selected,
        collapsed,
        visible,
        load: async () => {
            error.value = null;
            try {
                const answer = await readTrace(projectId, traceId, closing.signal);
                open.value = { answer, tree: buildTree(answer.observations) };
            }
            catch (reason) {
                if (!isAborted(reason) && !leavesSession(reason))
                    error.value = messageOf(reason);
            }
        },
        select,
        fold: (id, folded) => {
            const next = new Set(collapsed.peek());
            if (folded)
                next.add(id);
            else
                next.delete(id);
            setCollapsed(next);
        },
        foldAll: (folded) => {
            const tree = open.peek()?.tree;
            setCollapsed(new Set(folded && tree ? branches(tree) : []));
        },
        close: () => {
            clearTimeout(addressTimer);
            stopFollowing();
            closing.abort();
        },
    };
}
function observationInAddress() {
    return new URLSearchParams(place.peek().query).get("observation");
}
/** Returns the row at a place in the list. */
export function rowAt(view, place) {
    return place === 0 ? null : view.visible.peek()[place - 1];
}
/** Returns where the selected row stands in the list; -1 when it is not listed. */
export function selectedPlace(view) {
    const id = view.selected.value;
    if (id === null)
        return 0;
    const index = view.open.value?.tree.indexById.get(id);
    return index === undefined ? -1 : placeOf(view.visible.value, index) + 1;
}
// The indices ascend, so that a hundred thousand of them are searched in seventeen steps.
function placeOf(visible, index) {
    let low = 0;
    let high = visible.length;
    while (low < high) {
        const middle = (low + high) >>> 1;
        if ((visible[middle] ?? 0) < index)
            low = middle + 1;
        else
            high = middle;
    }
    return visible[low] === index ? low : -2;
}
/** Selects the row a number of places further down, stopping at the ends. */
export function step(view, places) {
    const last = view.visible.peek().length;
    const next = Math.min(last, Math.max(0, selectedPlace(view) + places));
    const row = rowAt(view, next);
    if (row !== undefined)
        view.select(idOf(view, row));
}
/** Left in a tree: folds the selected branch, or goes to what it is nested in. */
export function stepOut(view) {
    const id = view.selected.peek();
    const tree = view.open.peek()?.tree;
    const index = id === null ? undefined : tree?.indexById.get(id);
    if (id === null || !tree || index === undefined)
        return;
    if (hasChildren(tree, index) && !view.collapsed.peek().has(id))
        view.fold(id, true);
    else
        view.select(ancestors(tree, index).at(-1) ?? null);
}
/** Right in a tree: unfolds the selected branch, or goes to its first step. */
export function stepIn(view) {
    const id = view.selected.peek();
    const tree = view.open.peek()?.tree;
    if (id === null || !tree)
        return step(view, 1);
    const index = tree.indexById.get(id);
    if (index === undefined || !hasChildren(tree, index))
        return undefined;
    return view.collapsed.peek().has(id) ? view.fold(id, false) : step(view, 1);
}
/** Folds the selected branch, or unfolds it. */
export function toggleFold(view) {
    const id = view.selected.peek();
    const tree = view.open.peek()?.tree;
    const index = id === null ? undefined : tree?.indexById.get(id);
    if (id !== null && tree && index !== undefined && hasChildren(tree, index))
        view.fold(id, !view.collapsed.peek().has(id));
}
function idOf(view, row) {
    return row === null ? null : (view.open.peek()?.tree.nodes[row]?.row.id ?? null);
}
