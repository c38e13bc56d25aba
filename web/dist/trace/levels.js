/** Returns the next observation of a level after the given one, starting over at the end; null when there is none. */
export function nextWithLevel(tree, level, after) {
    const from = after === null ? -1 : (tree.indexById.get(after) ?? -1);
    const count = tree.nodes.length;
    for (let steps = 1; steps <= count; steps += 1) {
        const row = tree.nodes[(from + steps) % count]?.row;
        if (row?.level === level)
            return row.id;
    }
    return null;
}
