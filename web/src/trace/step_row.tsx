import type { ObservationRow } from "../api/types.ts";
import { formatCost, formatCount, formatDuration, hasTokens, plural } from "../format.ts";
import { Icon, TypeIcon } from "../frame/icon.tsx";
import { TimeBar } from "./time_bar.tsx";
import { type Axis, type TreeNode, durationMs } from "./tree.ts";
import type { OpenTrace, TraceView } from "./view.ts";

/** Deeper steps are not moved further to the right, or their names would leave the pane. */
const DEEPEST_INDENT = 16;

/** Returns the document's id of a row: what `aria-activedescendant` names. */
export function rowId(index: number | null): string {
  return index === null ? "trace-row" : `step-${index}`;
}

interface Props {
  view: TraceView;
  /** The observation's index in the tree. */
  index: number;
  node: TreeNode;
  branch: boolean;
  axis: Axis;
}

/**
 * One step of a trace: its place in the tree, what it is, what it took, and when. It reads the selection itself, which
 * is why it is not rendered again while its neighbours scroll by.
 */
export function StepRow({ view, index, node, branch, axis }: Props) {
  const { row } = node;
  const folded = view.collapsed.value.has(row.id);
  const selected = view.selected.value === row.id;
  return (
    <div
      id={rowId(index)}
      class={rowClass(row, selected)}
      role="treeitem"
      aria-level={node.depth + 2}
      aria-posinset={node.position}
      aria-setsize={node.siblings}
      aria-expanded={branch ? !folded : undefined}
      aria-selected={selected}
      onClick={() => view.select(row.id)}
    >
      <span class="step-name" style={{ "--depth": String(Math.min(node.depth + 1, DEEPEST_INDENT)) }}>
        <Twist branch={branch} folded={folded} onClick={() => view.fold(row.id, !folded)} />
        <TypeIcon type={row.type} />
        <span class="step-title">{row.name ?? <span class="unnamed">{row.id}</span>}</span>
        <LevelMark row={row} hidden={folded ? node.below.errors : 0} />
        <Amounts node={node} folded={folded} />
      </span>
      <TimeBar row={row} axis={axis} />
    </div>
  );
}

/** The row on top that stands for the trace itself. */
export function TraceRow({ view, open }: { view: TraceView; open: OpenTrace }) {
  const { trace } = open.answer;
  const selected = view.selected.value === null;
  return (
    <div
      id={rowId(null)}
      class={`step trace-step${selected ? " selected" : ""}`}
      role="treeitem"
      aria-level={1}
      aria-expanded={open.tree.nodes.length > 0 ? true : undefined}
      aria-selected={selected}
      onClick={() => view.select(null)}
    >
      <span class="step-name" style={{ "--depth": "0" }}>
        <Twist branch={false} folded={false} onClick={() => undefined} />
        <TypeIcon type="TRACE" />
        <span class="step-title">{trace.name ?? "Trace"}</span>
        <span class="amounts">
          {hasTokens(trace.totalTokens) && <span>{formatCount(trace.totalTokens)} tok</span>}
          {trace.totalCost !== null && trace.totalCost > 0 && <span>{formatCost(trace.totalCost)}</span>}
        </span>
      </span>
      <span class="axis">
        <span class="trace-duration">{formatDuration(trace.latencyMs)}</span>
      </span>
    </div>
  );
}

function rowClass(row: ObservationRow, selected: boolean): string {
  const level = row.level === "DEFAULT" ? "" : ` level-${row.level.toLowerCase()}`;
  return `step${level}${selected ? " selected" : ""}`;
}

function Twist({ branch, folded, onClick }: { branch: boolean; folded: boolean; onClick: () => void }) {
  if (!branch) return <span class="twist" />;
  const toggle = (event: MouseEvent): void => {
    event.stopPropagation();
    onClick();
  };
  return (
    <button type="button" class="twist" tabIndex={-1} aria-label={folded ? "Unfold" : "Fold"} onClick={toggle}>
      <Icon name={folded ? "closed" : "open"} />
    </button>
  );
}

function LevelMark({ row, hidden }: { row: ObservationRow; hidden: number }) {
  if (row.level === "ERROR" || row.level === "WARNING") {
    const level = row.level.toLowerCase();
    return (
      <span class={`level-mark ${level}`} title={row.statusMessage ?? level}>
        <Icon name="warning" />
        <span class="offscreen">{level}</span>
      </span>
    );
  }
  return hidden > 0 ? <span class="level-dot" title={`${plural(hidden, "error")} folded away`} /> : null;
}

// A folded branch, and a step that has no amounts of its own, shows what is below it.
function Amounts({ node: { row, below }, folded }: { node: TreeNode; folded: boolean }) {
  const own = hasTokens(row.totalTokens) || (row.cost ?? 0) > 0;
  const tokens = (row.totalTokens ?? 0) + (own && !folded ? 0 : below.tokens);
  const cost = (row.cost ?? 0) + (own && !folded ? 0 : below.cost);
  return (
    <span class={own ? "amounts" : "amounts summed"} title={own ? (row.model ?? undefined) : "Sum of the steps below"}>
      {tokens > 0 && <span>{formatCount(tokens)} tok</span>}
      {cost > 0 && <span>{formatCost(cost)}</span>}
      <span class="row-duration">{formatDuration(durationMs(row))}</span>
    </span>
  );
}
