import { useState } from "preact/hooks";
import { plural } from "../format.ts";
import type { Conversation } from "./conversation.ts";
import { JsonTree } from "./json_tree.tsx";
import { MessageView } from "./message_view.tsx";

/** How many of the last messages of a long conversation are shown at first, beside the first one. */
const LAST_SHOWN = 30;

/** The messages of a payload, one under the other. */
export function ConversationView({ conversation: { messages, tools, rest } }: { conversation: Conversation }) {
  const [all, setAll] = useState(false);
  const skipped = all ? 0 : Math.max(0, messages.length - LAST_SHOWN - 1);
  return (
    <div class="conversation">
      {tools.length > 0 && <Tools names={tools} />}
      {messages.slice(0, 1).map((message) => (
        <MessageView key="first" message={message} />
      ))}
      {skipped > 0 && (
        <button type="button" class="button skipped" onClick={() => setAll(true)}>
          Show {plural(skipped, "earlier message")}
        </button>
      )}
      {messages.slice(skipped + 1).map((message, index) => (
        <MessageView key={skipped + index} message={message} />
      ))}
      {rest && (
        <details class="rest">
          <summary>Beside the messages: {Object.keys(rest).join(", ")}</summary>
          <JsonTree value={rest} />
        </details>
      )}
    </div>
  );
}

function Tools({ names }: { names: readonly string[] }) {
  return (
    <details class="offered">
      <summary>{plural(names.length, "tool")} offered</summary>
      <ul>
        {names.map((name) => (
          <li key={name}>
            <code>{name}</code>
          </li>
        ))}
      </ul>
    </details>
  );
}
