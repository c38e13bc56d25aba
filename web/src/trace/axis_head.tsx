import { formatDuration } from "../format.ts";
import { type Axis, axisMarks } from "./tree.ts";

const MARKS = 5;

/** The head of the tree: what the columns are, and the marks of the time axis. */
export function AxisHead({ axis }: { axis: Axis }) {
  const span = axis.end - axis.start;
  return (
    <div class="tree-head" role="none" aria-hidden="true">
      <span class="tree-head-name">Step</span>
      <span class="axis">
        {axisMarks(axis, MARKS).map((mark) => (
          <span key={mark} class="axis-mark" style={{ left: span === 0 ? "0" : `${(mark / span) * 100}%` }}>
            {mark === 0 ? "0" : formatDuration(mark / 1000)}
          </span>
        ))}
      </span>
    </div>
  );
}
