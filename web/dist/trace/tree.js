import { formatDuration } from "../format.js";
const NONE = { errors: 0, tokens: 0, cost: 0 };
/**
 * Arranges observations below their parents, siblings in the order given. One whose parent is missing, or is its own
 * descendant, stands directly below the trace: nothing stored is ever left out.
 */
export function buildTree(rows) {
    const children = childrenByParent(rows);
    const nodes = [];
    const indexById = new Map();
    const roots = children.get(null) ?? [];
    for (const [at, root] of roots.entries())
        placeSubtree(root, at + 1, roots.length, children, nodes, indexById);
    placeCycles(rows, children, nodes, indexById);
    sumBelow(nodes);
    return { nodes, indexById, axis: axisOf(rows) };
}
function childrenByParent(rows) {
    const ids = new Set(rows.map((row) => row.id));
    const children = new Map();
    for (const row of rows) {
        const parent = row.parentId !== null && row.parentId !== row.id && ids.has(row.parentId) ? row.parentId : null;
        const siblings = children.get(parent);
        if (siblings)
            siblings.push(row);
        else
            children.set(parent, [row]);
    }
    return children;
}
// A stack instead of recursion: agents nest thousands deep when they loop.
function placeSubtree(root, position, siblings, children, nodes, indexById) {
    const waiting = [{ row: root, parent: -1, depth: 0, position, siblings }];
    const open = [];
    for (let next = waiting.pop(); next; next = waiting.pop()) {
        if (indexById.has(next.row.id))
            continue;
        while (open.length > next.depth)
            closeLast(open, nodes);
        const index = nodes.length;
        nodes.push({ ...next, end: index + 1, below: NONE });
        indexById.set(next.row.id, index);
        open.push(index);
        const below = children.get(next.row.id) ?? [];
        for (let at = below.length - 1; at >= 0; at -= 1) {
            const row = below[at];
            if (row)
                waiting.push({ row, parent: index, depth: next.depth + 1, position: at + 1, siblings: below.length });
        }
    }
    while (open.length > 0)
        closeLast(open, nodes);
}
function closeLast(open, nodes) {
    const node = nodes[open.pop() ?? -1];
    if (node)
        node.end = nodes.length;
}
// What no root leads to are parents that form a circle: the first of each circle becomes a root.
function placeCycles(rows, children, nodes, indexById) {
    if (nodes.length === rows.length)
        return;
    for (const row of rows) {
        if (!indexById.has(row.id))
            placeSubtree(row, 1, 1, children, nodes, indexById);
    }
}
// Backwards, every node is complete before its parent is.
function sumBelow(nodes) {
    for (let index = nodes.length - 1; index >= 0; index -= 1) {
        const node = nodes[index];
        const parent = node && nodes[node.parent];
        if (!node || !parent)
            continue;
        const { row, below } = node;
        parent.below = {
            errors: parent.below.errors + below.errors + (row.level === "ERROR" ? 1 : 0),
            tokens: parent.below.tokens + below.tokens + (row.totalTokens ?? 0),
            cost: parent.below.cost + below.cost + (row.cost ?? 0),
        };
    }
}
function axisOf(rows) {
    let start = Infinity;
    let end = -Infinity;
    for (const row of rows) {
        start = Math.min(start, row.start);
        end = Math.max(end, row.end ?? row.completionStart ?? row.start);
    }
    return rows.length === 0 ? { start: 0, end: 0 } : { start, end: Math.max(start, end) };
}
/** Returns the indices of the nodes to show when the descendants of the `collapsed` are hidden. */
export function visibleNodes(tree, collapsed) {
    const visible = [];
    for (let index = 0; index < tree.nodes.length;) {
        const node = tree.nodes[index];
        if (!node)
            break;
        visible.push(index);
        index = collapsed.has(node.row.id) ? node.end : index + 1;
    }
    return visible;
}
/** Returns the ids of the observations that an observation is nested in, the outermost first. */
export function ancestors(tree, index) {
    const ids = [];
    for (let node = tree.nodes[tree.nodes[index]?.parent ?? -1]; node; node = tree.nodes[node.parent]) {
        ids.push(node.row.id);
    }
    return ids.reverse();
}
/** Whether other observations are nested in this one. */
export function hasChildren(tree, index) {
    return (tree.nodes[index]?.end ?? 0) > index + 1;
}
/** Returns the ids of all observations that others are nested in. */
export function branches(tree) {
    return tree.nodes.filter((_, index) => hasChildren(tree, index)).map((node) => node.row.id);
}
/** Returns the indices of the observations whose name, id, type, model or status message contains the text. */
export function findNodes(tree, text) {
    const wanted = text.trim().toLowerCase();
    if (wanted === "")
        return [];
    return tree.nodes.flatMap(({ row }, index) => {
        const texts = [row.name, row.id, row.type, row.model, row.statusMessage];
        return texts.some((part) => part?.toLowerCase().includes(wanted)) ? [index] : [];
    });
}
/** Returns how long an observation took, in milliseconds; null while it has no end. */
export function durationMs(row) {
    return row.end === null ? null : (row.end - row.start) / 1000;
}
/** Returns round times for the marks of an axis, in microseconds from its start, about `count` of them. */
export function axisMarks(axis, count) {
    const span = axis.end - axis.start;
    if (span <= 0)
        return [0];
    const step = roundStep(span / count);
    return Array.from({ length: Math.floor(span / step) + 1 }, (_, index) => index * step);
}
/** `0`, `250 ms`, `5 s`, `1 m 30 s`: a mark of the axis, which is always a round time. */
export function formatMark(mark) {
    if (mark === 0)
        return "0";
    if (mark < 1e3)
        return `${mark} µs`;
    if (mark < 1e6)
        return `${mark / 1e3} ms`;
    if (mark < MINUTE_US)
        return `${mark / 1e6} s`;
    return formatDuration(mark / 1e3).replace(/ 00? [smh]$/, "");
}
const MINUTE_US = 60e6;
const STEPS_OF_MINUTES = [1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 720, 1440].map((minutes) => minutes * MINUTE_US);
function roundStep(raw) {
    if (raw > 30e6) {
        const days = 1440 * MINUTE_US;
        return STEPS_OF_MINUTES.find((step) => step >= raw) ?? Math.ceil(raw / days) * days;
    }
    const power = 10 ** Math.floor(Math.log10(raw));
    const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= raw) ?? 10;
    return Math.max(1, factor * power);
}
