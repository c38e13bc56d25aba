// The time on the page, and whether anyone is looking: nothing ticks in a hidden tab.
import { effect, signal } from "@preact/signals";

const TICK_MS = 15_000;

/** Now, for "5 min ago"; moves on while the tab is visible. */
export const now = signal(Date.now());

/** Whether the tab is visible. */
export const visible = signal(true);

/** Follows the tab's visibility and keeps the clock going while it is seen. */
export function startClock(): void {
  const follow = (): void => {
    visible.value = document.visibilityState === "visible";
  };
  follow();
  document.addEventListener("visibilitychange", follow);
  effect(() => {
    if (!visible.value) return undefined;
    now.value = Date.now();
    const timer = setInterval(() => {
      now.value = Date.now();
    }, TICK_MS);
    return () => clearInterval(timer);
  });
}

/** Calls `work` at a steady pace while the tab is visible, and once when it becomes visible again. */
export function everyWhileVisible(intervalMs: number, work: () => void): () => void {
  let first = true;
  return effect(() => {
    if (!visible.value) return undefined;
    if (!first) queueMicrotask(work);
    first = false;
    const timer = setInterval(work, intervalMs);
    return () => clearInterval(timer);
  });
}
