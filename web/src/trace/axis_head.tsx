import { type Axis, axisMarks, formatMark } from "./tree.ts";

/** A mark this close to the right border has its text on its left, in percent. */
const TURNS_AT_PERCENT = 84;

interface Props {
  axis: Axis;
  /** About how many marks there is room for. */
  marks: number;
}

/** The head of the tree: what the columns are, and the marks of the time axis. */
export function AxisHead({ axis, marks }: Props) {
  return (
    <div class="tree-head" role="none" aria-hidden="true">
      <span class="tree-head-name">Step</span>
      <span class="axis">
        {axisMarks(axis, marks).map((mark) => {
          const percent = percentOf(axis, mark);
          return (
            <span key={mark} class={percent > TURNS_AT_PERCENT ? "axis-mark before" : "axis-mark"} style={{ left: `${percent}%` }}>
              {formatMark(mark)}
            </span>
          );
        })}
      </span>
    </div>
  );
}

/** The axis's marks as lines behind all rows. */
export function AxisLines({ axis, marks }: Props) {
  return (
    <div class="axis-lines" role="none" aria-hidden="true">
      <span class="axis">
        {axisMarks(axis, marks).map((mark) => (
          <span key={mark} class="axis-line" style={{ left: `${percentOf(axis, mark)}%` }} />
        ))}
      </span>
    </div>
  );
}

function percentOf(axis: Axis, mark: number): number {
  const span = axis.end - axis.start;
  return span === 0 ? 0 : (mark / span) * 100;
}
