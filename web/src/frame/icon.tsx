// Every drawing of the viewer: 16 × 16, one stroke, in the colour of the text around it.

const STROKES = {
  SPAN: "M2.5 5h7M5 8h8.5M3.5 11h6",
  GENERATION: "M8 2.2c.5 3.4 2 5 5.6 5.8-3.6.8-5.1 2.4-5.6 5.8-.5-3.4-2-5-5.6-5.8 3.6-.8 5.1-2.4 5.6-5.8z",
  EVENT: "M9 1.8 3.8 9h3.7L7 14.2 12.2 7H8.5z",
  AGENT: "M4 6h8a1.5 1.5 0 0 1 1.5 1.5v4A1.5 1.5 0 0 1 12 13H4a1.5 1.5 0 0 1-1.5-1.5v-4A1.5 1.5 0 0 1 4 6zM8 6V3.2M6 9v1M10 9v1",
  TOOL: "M10.2 2.6a3.4 3.4 0 0 0-3.3 4.7L2.6 11.6a1.3 1.3 0 0 0 1.8 1.8l4.3-4.3a3.4 3.4 0 0 0 4.5-4.3L11 7 9 5l2.2-2.2a3.4 3.4 0 0 0-1-.2z",
  CHAIN: "M7 5.2 8.6 3.6a2.7 2.7 0 0 1 3.8 3.8L10.8 9M9 10.8l-1.6 1.6a2.7 2.7 0 0 1-3.8-3.8L5.2 7M6.2 9.8l3.6-3.6",
  RETRIEVER: "M2.5 4.5h6M2.5 8h3M2.5 11.5h4M10 12a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM11.9 11.4l2 2.1",
  EVALUATOR: "M3 8.5 6.3 12 13 4.5",
  EMBEDDING: "M3 3h3v3H3zM10 3h3v3h-3zM3 10h3v3H3zM10 10h3v3h-3z",
  GUARDRAIL: "M8 2 3 4v4c0 3 2.2 5 5 6 2.8-1 5-3 5-6V4z",
  TRACE: "M2.5 3.5h11M4.5 8h7M6.5 12.5h3",
  open: "M4 6l4 4 4-4",
  closed: "M6 4l4 4-4 4",
  search: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.5 10.5l3 3",
  copy: "M6 5.5h6.5V13H6zM10 5.5V3H3.5v7.5H6",
  check: "M3 8.5 6.3 12 13 4.5",
  cross: "M4 4l8 8M12 4l-8 8",
  refresh: "M13 8a5 5 0 1 1-1.5-3.5M13 2.5V5h-2.5",
  filter: "M2.5 4h11M4.5 8h7M6.5 12h3",
  warning: "M8 2.5 14 13H2zM8 6.5v3M8 11.2v.3",
  link: "M7 5.2 8.6 3.6a2.7 2.7 0 0 1 3.8 3.8L10.8 9M9 10.8l-1.6 1.6a2.7 2.7 0 0 1-3.8-3.8L5.2 7M6.2 9.8l3.6-3.6",
  up: "M4 10l4-4 4 4",
  down: "M4 6l4 4 4-4",
} as const;

export type IconName = keyof typeof STROKES;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={STROKES[name]} />
    </svg>
  );
}

const TYPES = "SPAN GENERATION EVENT AGENT TOOL CHAIN RETRIEVER EVALUATOR EMBEDDING GUARDRAIL TRACE".split(" ");

/** Shows what kind of step something is; a type of a later server looks like a span. */
export function TypeIcon({ type }: { type: string }) {
  const name = TYPES.includes(type) ? (type as IconName) : "SPAN";
  return (
    <span class={`type-icon type-${name.toLowerCase()}`} title={type.toLowerCase()}>
      <Icon name={name} />
    </span>
  );
}

export function Logo() {
  return (
    <svg class="logo" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
      <rect class="logo-stone" x="1" y="1" width="18" height="18" rx="5" />
      <path class="logo-spans" d="M5 6.25h8M7.5 10h7.5M6 13.75h4.5" />
    </svg>
  );
}
