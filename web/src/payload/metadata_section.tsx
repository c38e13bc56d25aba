import { CopyButton } from "../frame/copy_button.tsx";
import type { Metadata } from "../api/types.ts";
import { JsonTree } from "./json_tree.tsx";
import { asJson, printJson } from "./json.ts";

/** A titled JSON tree; nothing when there is nothing in it. */
export function MetadataSection({ title, value }: { title: string; value: Metadata | null }) {
  if (value === null || Object.keys(value).length === 0) return null;
  const json = asJson(value);
  return (
    <section class="section">
      <div class="section-head">
        <h3>{title}</h3>
        <span class="spacer" />
        <CopyButton text={() => printJson(json)} label={`Copy the ${title.toLowerCase()}`} />
      </div>
      <JsonTree value={json} />
    </section>
  );
}
