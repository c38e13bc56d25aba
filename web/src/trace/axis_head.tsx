import { type Axis, axisMarks, formatMark } from "./tree.ts";

/** A mark further to the right has no room for its text, in percent. */
const LAST_LABEL_PERCENT = 86;

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
            <span key={mark} class="axis-mark" style={{ left: `${percent}%` }}>
              {percent <= LAST_LABEL_PERCENT && formatMark(mark)}
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
