// What is open on the page of a trace: the trace itself, the step that is selected, and which branches are folded.
import { type ReadonlySignal, batch, computed, effect, signal } from "@preact/signals";
import { isAborted, messageOf, readTrace } from "../api/client.ts";
import type { TraceAnswer } from "../api/types.ts";
import { place, replaceAddress, tracePath } from "../router.ts";
import { leavesSession } from "../session.ts";
import { type TraceTree, ancestors, branches, buildTree, hasChildren, visibleNodes } from "./tree.ts";

export interface OpenTrace {
  readonly answer: TraceAnswer;
  readonly tree: TraceTree;
}

export interface TraceView {
  readonly projectId: string;
  readonly traceId: string;
  readonly open: ReadonlySignal<OpenTrace | null>;
  readonly error: ReadonlySignal<string | null>;
  /** The selected observation; null stands for the trace itself. */
  readonly selected: ReadonlySignal<string | null>;
  readonly collapsed: ReadonlySignal<ReadonlySet<string>>;
  /** The indices of the observations to list, in order. */
  readonly visible: ReadonlySignal<readonly number[]>;
  load(): Promise<void>;
  /** Selects an observation, or the trace, and unfolds what it is nested in. */
  select(id: string | null): void;
  fold(id: string, folded: boolean): void;
  foldAll(folded: boolean): void;
  close(): void;
}

// Browsers refuse an address that changes with every key that is held down.
const ADDRESS_PAUSE_MS = 200;

/** Makes the state of a trace's page; the address's `observation` is selected. */
export function createTraceView(projectId: string, traceId: string): TraceView {
  const open = signal<OpenTrace | null>(null);
  const error = signal<string | null>(null);
  const selected = signal<string | null>(observationInAddress());
  const collapsed = signal<ReadonlySet<string>>(new Set());
  const visible = computed(() => (open.value ? visibleNodes(open.value.tree, collapsed.value) : []));
  const closing = new AbortController();
  let addressTimer: ReturnType<typeof setTimeout> | undefined;

  function reveal(id: string | null): void {
    const tree = open.peek()?.tree;
    const index = id === null ? undefined : tree?.indexById.get(id);
    if (!tree || index === undefined) return;
    const folded = ancestors(tree, index).filter((ancestor) => collapsed.peek().has(ancestor));
    if (folded.length === 0) return;
    const next = new Set(collapsed.peek());
    for (const ancestor of folded) next.delete(ancestor);
    collapsed.value = next;
  }

  // An address that only says what is selected already came from here, and must not unfold what was folded since.
  const stopFollowing = effect(() => {
    const id = new URLSearchParams(place.value.query).get("observation");
    if (id === selected.peek()) return;
    selected.value = id;
    reveal(id);
  });

  function select(id: string | null): void {
    batch(() => {
      selected.value = id;
      reveal(id);
    });
    clearTimeout(addressTimer);
    addressTimer = setTimeout(() => replaceAddress(tracePath(projectId, traceId, selected.peek())), ADDRESS_PAUSE_MS);
  }

  // A selection that a fold hides moves up to the branch that hides it.
  function setCollapsed(next: ReadonlySet<string>): void {
    collapsed.value = next;
    const tree = open.peek()?.tree;
    const index = tree?.indexById.get(selected.peek() ?? "");
    const hiding = tree && index !== undefined ? ancestors(tree, index).find((id) => next.has(id)) : undefined;
    if (hiding !== undefined) select(hiding);
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
      } catch (reason) {
        if (!isAborted(reason) && !leavesSession(reason)) error.value = messageOf(reason);
      }
    },
    select,
    fold: (id, folded) => {
      const next = new Set(collapsed.peek());
      if (folded) next.add(id);
      else next.delete(id);
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

function observationInAddress(): string | null {
  return new URLSearchParams(place.peek().query).get("observation");
}

/** A row of the list: null is the trace itself, on top; a number is the index of an observation. */
export type Row = number | null;

/** Returns the row at a place in the list. */
export function rowAt(view: TraceView, place: number): Row | undefined {
  return place === 0 ? null : view.visible.peek()[place - 1];
}

/** Returns where the selected row stands in the list; -1 when it is not listed. */
export function selectedPlace(view: TraceView): number {
  const id = view.selected.value;
  if (id === null) return 0;
  const index = view.open.value?.tree.indexById.get(id);
  return index === undefined ? -1 : placeOf(view.visible.value, index) + 1;
}

// The indices ascend, so that a hundred thousand of them are searched in seventeen steps.
function placeOf(visible: readonly number[], index: number): number {
  let low = 0;
  let high = visible.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((visible[middle] ?? 0) < index) low = middle + 1;
    else high = middle;
  }
  return visible[low] === index ? low : -2;
}

/** Selects the row a number of places further down, stopping at the ends. */
export function step(view: TraceView, places: number): void {
  const last = view.visible.peek().length;
  const next = Math.min(last, Math.max(0, selectedPlace(view) + places));
  const row = rowAt(view, next);
  if (row !== undefined) view.select(idOf(view, row));
}

/** Left in a tree: folds the selected branch, or goes to what it is nested in. */
export function stepOut(view: TraceView): void {
  const id = view.selected.peek();
  const tree = view.open.peek()?.tree;
  const index = id === null ? undefined : tree?.indexById.get(id);
  if (id === null || !tree || index === undefined) return;
  if (hasChildren(tree, index) && !view.collapsed.peek().has(id)) view.fold(id, true);
  else view.select(ancestors(tree, index).at(-1) ?? null);
}

/** Right in a tree: unfolds the selected branch, or goes to its first step. */
export function stepIn(view: TraceView): void {
  const id = view.selected.peek();
  const tree = view.open.peek()?.tree;
  if (id === null || !tree) return step(view, 1);
  const index = tree.indexById.get(id);
  if (index === undefined || !hasChildren(tree, index)) return undefined;
  return view.collapsed.peek().has(id) ? view.fold(id, false) : step(view, 1);
}

/** Folds the selected branch, or unfolds it. */
export function toggleFold(view: TraceView): void {
  const id = view.selected.peek();
  const tree = view.open.peek()?.tree;
  const index = id === null ? undefined : tree?.indexById.get(id);
  if (id !== null && tree && index !== undefined && hasChildren(tree, index)) view.fold(id, !view.collapsed.peek().has(id));
}

function idOf(view: TraceView, row: Row): string | null {
  return row === null ? null : (view.open.peek()?.tree.nodes[row]?.row.id ?? null);
}
