// Media queries as values that components follow.
import { type ReadonlySignal, signal } from "@preact/signals";

/** Whether the page is so narrow that panels stack and rows take two lines; the styles say the same width. */
export const narrow = follow("(max-width: 720px)");

function follow(query: string): ReadonlySignal<boolean> {
  const list = matchMedia(query);
  const matches = signal(list.matches);
  list.addEventListener("change", () => {
    matches.value = list.matches;
  });
  return matches;
}
