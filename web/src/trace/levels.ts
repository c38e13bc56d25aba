// Finding what went wrong in a trace. Pure.
import type { Level } from "../api/types.ts";
import type { TraceTree } from "./tree.ts";

/** Returns the next observation of a level after the given one, starting over at the end; null when there is none. */
export function nextWithLevel(tree: TraceTree, level: Level, after: string | null): string | null {
  const from = after === null ? -1 : (tree.indexById.get(after) ?? -1);
  const count = tree.nodes.length;
  for (let steps = 1; steps <= count; steps += 1) {
    const row = tree.nodes[(from + steps) % count]?.row;
    if (row?.level === level) return row.id;
  }
  return null;
}
