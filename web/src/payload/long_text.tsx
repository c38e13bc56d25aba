import { useState } from "preact/hooks";
import { formatSize } from "../format.ts";

/** How much of a text is shown at first, in characters: more than anyone reads, little enough to appear at once. */
const FIRST_CHARACTERS = 200_000;

/** A text as it is, in lines; the rest of a very long one on request. */
export function LongText({ text }: { text: string }) {
  const [all, setAll] = useState(false);
  const cut = !all && text.length > FIRST_CHARACTERS;
  return (
    <>
      <pre class="raw">{cut ? text.slice(0, FIRST_CHARACTERS) : text}</pre>
      {cut && (
        <button type="button" class="button show-all" onClick={() => setAll(true)}>
          Show all {formatSize(text.length)}
        </button>
      )}
    </>
  );
}
