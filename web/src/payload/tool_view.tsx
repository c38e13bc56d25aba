import { Icon } from "../frame/icon.tsx";
import { Folding } from "./folding.tsx";
import { type Json, isEmpty } from "./json.ts";
import { JsonTree } from "./json_tree.tsx";
import { LongText } from "./long_text.tsx";

interface CallProps {
  name: string;
  id: string | null;
  input: Json;
}

/** A model asking for a tool, with what it hands over. */
export function ToolCall({ name, id, input }: CallProps) {
  return (
    <div class="tool call">
      <div class="tool-head">
        <Icon name="TOOL" />
        <b>{name}</b>
        {id !== null && <code class="tool-id">{id}</code>}
      </div>
      <Value value={input} />
    </div>
  );
}

interface ResultProps {
  name: string | null;
  id: string | null;
  output: Json;
}

/** What a tool gave back. */
export function ToolResult({ name, id, output }: ResultProps) {
  return (
    <div class="tool result">
      <div class="tool-head">
        <Icon name="check" />
        <b>{name ?? "Result"}</b>
        {id !== null && <code class="tool-id">{id}</code>}
      </div>
      <Value value={output} />
    </div>
  );
}

function Value({ value }: { value: Json }) {
  if (isEmpty(value)) return null;
  if (typeof value !== "string") return <JsonTree value={value} />;
  return (
    <Folding size={value.length} eager>
      <LongText text={value} />
    </Folding>
  );
}
