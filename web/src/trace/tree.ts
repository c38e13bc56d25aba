// The observations of a trace as a tree in reading order. Pure, and linear in their number.
import type { ObservationRow } from "../api/types.ts";
import { formatDuration } from "../format.ts";

/** An observation and its place; a tree is an array of these with every parent right before its descendants. */
export interface TreeNode {
  readonly row: ObservationRow;
  /** 0 for an observation directly below the trace. */
  readonly depth: number;
  /** The index of the observation it is nested in; -1 for one directly below the trace. */
  readonly parent: number;
  /** The index after its last descendant. */
  end: number;
  /** Its number among its siblings, from 1, and how many they are. */
  readonly position: number;
  readonly siblings: number;
  /** What its descendants add up to. */
  below: Totals;
}

export interface Totals {
  errors: number;
  tokens: number;
  cost: number;
}

export interface TraceTree {
  readonly nodes: readonly TreeNode[];
  readonly indexById: ReadonlyMap<string, number>;
  readonly axis: Axis;
}

/** The stretch of time a trace covers, in microseconds since 1970. */
export interface Axis {
  readonly start: number;
  readonly end: number;
}

/**
 * Arranges observations below their parents, siblings in the order given. One whose parent is missing, or is its own
 * descendant, stands directly below the trace: nothing stored is ever left out.
 */
export function buildTree(rows: readonly ObservationRow[]): TraceTree {
  const numberById = new Map(rows.map((row, index) => [row.id, index + 1]));
  const parents = parentNumbers(rows, numberById);
  breakCircles(parents);
  const nodes = walk(rows, link(parents));
  sumBelow(nodes);
  for (const [index, node] of nodes.entries()) numberById.set(node.row.id, index);
  return { nodes, indexById: numberById, axis: axisOf(rows) };
}

// Rows are numbered from 1; 0 is the trace itself. Numbers in typed arrays, because a trace may hold a hundred thousand.
function parentNumbers(rows: readonly ObservationRow[], numberById: ReadonlyMap<string, number>): Int32Array {
  const parents = new Int32Array(rows.length + 1);
  for (const [index, row] of rows.entries()) {
    if (row.parentId !== null) parents[index + 1] = numberById.get(row.parentId) ?? 0;
  }
  return parents;
}

// Whoever follows parents up from anywhere ends at the trace, or meets its own mark: there the circle is cut.
function breakCircles(parents: Int32Array): void {
  const marks = new Int32Array(parents.length);
  for (let number = 1; number < parents.length; number += 1) {
    let at = number;
    while (at !== 0 && marks[at] === 0) {
      marks[at] = number;
      at = parents[at] ?? 0;
    }
    if (at !== 0 && marks[at] === number) parents[at] = 0;
  }
}

interface Links {
  readonly parents: Int32Array;
  /** The first child of each number; 0 for none. */
  readonly firsts: Int32Array;
  /** The next sibling of each number; 0 for none. */
  readonly nexts: Int32Array;
  /** How many children each number has. */
  readonly counts: Int32Array;
}

// Backwards, so that each list of children ends up in the order of the rows.
function link(parents: Int32Array): Links {
  const firsts = new Int32Array(parents.length);
  const nexts = new Int32Array(parents.length);
  const counts = new Int32Array(parents.length);
  for (let number = parents.length - 1; number > 0; number -= 1) {
    const parent = parents[number] ?? 0;
    nexts[number] = firsts[parent] ?? 0;
    firsts[parent] = number;
    counts[parent] = (counts[parent] ?? 0) + 1;
  }
  return { parents, firsts, nexts, counts };
}

// Down to the first child, else on to the next sibling of the nearest ancestor that has one; without recursion, because
// agents nest thousands deep when they loop.
function walk(rows: readonly ObservationRow[], { parents, firsts, nexts, counts }: Links): TreeNode[] {
  const nodes: TreeNode[] = [];
  const indices = new Int32Array(parents.length).fill(-1);
  const positions = new Int32Array(parents.length);
  for (let number = firsts[0] ?? 0; number !== 0; ) {
    const row = rows[number - 1];
    if (!row) break;
    const above = parents[number] ?? 0;
    const parent = indices[above] ?? -1;
    const position = (positions[above] ?? 0) + 1;
    positions[above] = position;
    indices[number] = nodes.length;
    const depth = (nodes[parent]?.depth ?? -1) + 1;
    nodes.push({ row, depth, parent, end: nodes.length + 1, position, siblings: counts[above] ?? 0, below: NONE });
    if (firsts[number] !== 0) {
      number = firsts[number] ?? 0;
      continue;
    }
    while (number !== 0 && nexts[number] === 0) number = parents[number] ?? 0;
    number = nexts[number] ?? 0;
  }
  return nodes;
}

const NONE: Totals = { errors: 0, tokens: 0, cost: 0 };

// Backwards, every node is complete before its parent is.
function sumBelow(nodes: readonly TreeNode[]): void {
  for (let index = nodes.length - 1; index >= 0; index -= 1) {
    const node = nodes[index];
    const parent = node && nodes[node.parent];
    if (!node || !parent) continue;
    parent.end = Math.max(parent.end, node.end);
    if (parent.below === NONE) parent.below = { ...NONE };
    parent.below.errors += node.below.errors + (node.row.level === "ERROR" ? 1 : 0);
    parent.below.tokens += node.below.tokens + (node.row.totalTokens ?? 0);
    parent.below.cost += node.below.cost + (node.row.cost ?? 0);
  }
}

function axisOf(rows: readonly ObservationRow[]): Axis {
  let start = Infinity;
  let end = -Infinity;
  for (const row of rows) {
    start = Math.min(start, row.start);
    end = Math.max(end, row.end ?? row.completionStart ?? row.start);
  }
  return rows.length === 0 ? { start: 0, end: 0 } : { start, end: Math.max(start, end) };
}

/** Returns the indices of the nodes to show when the descendants of the `collapsed` are hidden. */
export function visibleNodes(tree: TraceTree, collapsed: ReadonlySet<string>): number[] {
  const visible: number[] = [];
  for (let index = 0; index < tree.nodes.length; ) {
    const node = tree.nodes[index];
    if (!node) break;
    visible.push(index);
    index = collapsed.has(node.row.id) ? node.end : index + 1;
  }
  return visible;
}

/** Returns the ids of the observations that an observation is nested in, the outermost first. */
export function ancestors(tree: TraceTree, index: number): string[] {
  const ids: string[] = [];
  for (let node = tree.nodes[tree.nodes[index]?.parent ?? -1]; node; node = tree.nodes[node.parent]) {
    ids.push(node.row.id);
  }
  return ids.reverse();
}

/** Whether other observations are nested in this one. */
export function hasChildren(tree: TraceTree, index: number): boolean {
  return (tree.nodes[index]?.end ?? 0) > index + 1;
}

/** Returns the ids of all observations that others are nested in. */
export function branches(tree: TraceTree): string[] {
  return tree.nodes.filter((_, index) => hasChildren(tree, index)).map((node) => node.row.id);
}

/** Returns the indices of the observations whose name, id, type, model or status message contains the text. */
export function findNodes(tree: TraceTree, text: string): number[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return [];
  return tree.nodes.flatMap(({ row }, index) => {
    const texts = [row.name, row.id, row.type, row.model, row.statusMessage];
    return texts.some((part) => part?.toLowerCase().includes(wanted)) ? [index] : [];
  });
}

/** Returns how long an observation took, in milliseconds; null while it has no end. */
export function durationMs(row: Pick<ObservationRow, "start" | "end">): number | null {
  return row.end === null ? null : (row.end - row.start) / 1000;
}

/** Returns round times for the marks of an axis, in microseconds from its start, about `count` of them. */
export function axisMarks(axis: Axis, count: number): number[] {
  const span = axis.end - axis.start;
  if (span <= 0) return [0];
  const step = roundStep(span / count);
  return Array.from({ length: Math.floor(span / step) + 1 }, (_, index) => index * step);
}

/** `0`, `250 ms`, `5 s`, `1 m 30 s`: a mark of the axis, which is always a round time. */
export function formatMark(mark: number): string {
  if (mark === 0) return "0";
  if (mark < 1e3) return `${mark} µs`;
  if (mark < 1e6) return `${mark / 1e3} ms`;
  if (mark < MINUTE_US) return `${mark / 1e6} s`;
  return formatDuration(mark / 1e3).replace(/ 00? [smh]$/, "");
}

const MINUTE_US = 60e6;
/** Where a clock counts in sixties and twenty-fours, tens are not round. */
const CLOCK_STEPS = [1 / 6, 1 / 3, 1 / 2, 1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 720, 1440].map((minutes) => minutes * MINUTE_US);

function roundStep(raw: number): number {
  if (raw > 5e6) {
    const days = 1440 * MINUTE_US;
    return CLOCK_STEPS.find((step) => step >= raw) ?? Math.ceil(raw / days) * days;
  }
  const power = 10 ** Math.floor(Math.log10(raw));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= raw) ?? 10;
  return Math.max(1, factor * power);
}
