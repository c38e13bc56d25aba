import type { ComponentChildren } from "preact";

/** A list of small facts, each with its label. */
export function Facts({ children }: { children: ComponentChildren }) {
  return <dl class="fact-grid">{children}</dl>;
}

export function Fact({ label, title, children }: { label: string; title?: string; children: ComponentChildren }) {
  return (
    <div class="fact" title={title}>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}
