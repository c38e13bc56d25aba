import { CopyButton } from "../frame/copy_button.tsx";
import { JsonTree } from "./json_tree.tsx";
import { asJson, isEmpty, printJson } from "./json.ts";

/** A titled JSON tree; nothing when there is nothing in it. */
export function MetadataSection({ title, value }: { title: string; value: unknown }) {
  const json = asJson(value);
  if (isEmpty(json)) return null;
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
