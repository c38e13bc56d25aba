import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

/** Texts longer than this are cut off at a height, with a button below; instructions earlier than what is said. */
const LONG_CHARACTERS = 6_000;
const LONG_CHARACTERS_EAGER = 900;

/** Keeps a long text from pushing everything else out of sight. */
export function Folding({ size, eager, children }: { size: number; eager: boolean; children: ComponentChildren }) {
  const [open, setOpen] = useState(size <= (eager ? LONG_CHARACTERS_EAGER : LONG_CHARACTERS));
  if (open) return <>{children}</>;
  return (
    <div class={eager ? "folded eager" : "folded"}>
      <div class="folded-text">{children}</div>
      <button type="button" class="link-button" onClick={() => setOpen(true)}>
        Show all
      </button>
    </div>
  );
}
