import { CopyButton } from "../frame/copy_button.tsx";
import { Folding } from "./folding.tsx";
import { type Message, type Part, messageText } from "./conversation.ts";
import { JsonTree } from "./json_tree.tsx";
import { MarkdownView } from "./markdown_view.tsx";
import { ToolCall, ToolResult } from "./tool_view.tsx";

const KNOWN_ROLES = ["system", "developer", "user", "assistant", "model", "tool"];

/** One message: who speaks, and what is said, thought, called or returned. */
export function MessageView({ message }: { message: Message }) {
  const { role, name, parts } = message;
  const tone = KNOWN_ROLES.includes(role) ? role : "other";
  return (
    <article class={`message role-${tone}`}>
      <header class="message-head">
        <span class="role">{role}</span>
        {name !== null && <span class="role-name">{name}</span>}
        <span class="spacer" />
        <CopyButton text={() => messageText(message)} label="Copy the message" />
      </header>
      <div class="message-body">
        {parts.length === 0 && <span class="json-empty">no content</span>}
        {parts.map((part, index) => (
          <PartView key={index} part={part} folds={tone === "system" || tone === "developer"} />
        ))}
      </div>
    </article>
  );
}

function PartView({ part, folds }: { part: Part; folds: boolean }) {
  switch (part.kind) {
    case "text":
      return (
        <Folding size={part.text.length} eager={folds}>
          <MarkdownView text={part.text} />
        </Folding>
      );
    case "thinking":
      return (
        <details class="thinking">
          <summary>Thinking</summary>
          <MarkdownView text={part.text} />
        </details>
      );
    case "image":
      return <Picture source={part.source} />;
    case "call":
      return <ToolCall name={part.name} id={part.id} input={part.input} />;
    case "result":
      return <ToolResult name={part.name} id={part.id} output={part.output} />;
    case "other":
      return <JsonTree value={part.value} />;
  }
}

// Only pictures that came with the message are shown: one from elsewhere would tell that place who is reading.
function Picture({ source }: { source: string }) {
  if (/^data:image\/(png|jpeg|gif|webp);/.test(source)) return <img class="picture" src={source} alt="" loading="lazy" />;
  if (/^https?:\/\//.test(source)) {
    return (
      <a class="picture-link" href={source} target="_blank" rel="noreferrer noopener">
        Picture: {source}
      </a>
    );
  }
  return <code class="picture-link">Picture: {source.slice(0, 200)}</code>;
}
