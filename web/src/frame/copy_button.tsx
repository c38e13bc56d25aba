import { useEffect, useState } from "preact/hooks";
import { Icon } from "./icon.tsx";

const THANKS_MS = 1500;

/** Copies a text; `text` is asked for on the click, so that large ones are not printed for nothing. */
export function CopyButton({ text, label }: { text: () => string; label: string }) {
  const [state, setState] = useState<"idle" | "done" | "failed">("idle");
  useEffect(() => {
    if (state === "idle") return undefined;
    const timer = setTimeout(() => setState("idle"), THANKS_MS);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = async (): Promise<void> => setState((await copyText(text())) ? "done" : "failed");
  return (
    <button type="button" class="icon-button copy" title={title(state, label)} aria-label={title(state, label)} onClick={copy}>
      <Icon name={state === "idle" ? "copy" : state === "done" ? "check" : "cross"} />
    </button>
  );
}

function title(state: "idle" | "done" | "failed", label: string): string {
  return { idle: label, done: "Copied", failed: "The browser refused the clipboard" }[state];
}

// Browsers keep the clipboard from pages served over plain HTTP from another machine, but still obey execCommand.
async function copyText(text: string): Promise<boolean> {
  if (navigator.clipboard) {
    return navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
  }
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "offscreen";
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  return copied;
}
