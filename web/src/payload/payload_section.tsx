import { signal } from "@preact/signals";
import { useErrorBoundary, useMemo } from "preact/hooks";
import { formatSize } from "../format.ts";
import { CopyButton } from "../frame/copy_button.tsx";
import { ConversationView } from "./conversation_view.tsx";
import { type Conversation, recognise } from "./conversation.ts";
import { JsonTree } from "./json_tree.tsx";
import { type Json, parseJson } from "./json.ts";
import { LongText } from "./long_text.tsx";
import { MarkdownView } from "./markdown_view.tsx";

type Mode = "Chat" | "Text" | "JSON" | "Raw";

/** What the reader last chose; kept from step to step, and passed over where a payload cannot be shown so. */
const chosen = signal<Mode | null>(null);

/** Longer texts are shown raw until someone asks for more: reading them as JSON would stop the page. */
const READ_AT_MOST = 20_000_000;

/** A payload under its title, in the best way to read it, with the other ways to choose from. */
export function PayloadSection({ title, text }: { title: string; text: string | null }) {
  const reading = useMemo(() => (text === null ? null : readPayload(text)), [text]);
  if (text === null || text === "" || !reading) return null;
  const mode = chosen.value !== null && reading.modes.includes(chosen.value) ? chosen.value : (reading.modes[0] ?? "Raw");
  return (
    <section class="section payload">
      <div class="section-head">
        <h3>{title}</h3>
        {text.length > 10_000 && <span class="pane-note">{formatSize(text.length)}</span>}
        <span class="spacer" />
        <ModeChoice modes={reading.modes} mode={mode} title={title} />
        <CopyButton text={() => text} label={`Copy the ${title.toLowerCase()}`} />
      </div>
      <PayloadBody mode={mode} text={text} reading={reading} />
    </section>
  );
}

interface Reading {
  readonly modes: readonly Mode[];
  readonly json: Json | undefined;
  readonly conversation: Conversation | null;
}

function readPayload(text: string): Reading {
  if (text.length > READ_AT_MOST) return { modes: ["Raw"], json: undefined, conversation: null };
  const json = parseJson(text);
  if (json === undefined) return { modes: ["Text", "Raw"], json, conversation: null };
  if (typeof json === "string") return { modes: ["Text", "Raw"], json, conversation: null };
  const conversation = recognise(json);
  return { modes: conversation ? ["Chat", "JSON", "Raw"] : ["JSON", "Raw"], json, conversation };
}

function ModeChoice({ modes, mode, title }: { modes: readonly Mode[]; mode: Mode; title: string }) {
  if (modes.length < 2) return null;
  return (
    <span class="segments" role="group" aria-label={`How to show the ${title.toLowerCase()}`}>
      {modes.map((candidate) => (
        <button
          key={candidate}
          type="button"
          aria-pressed={candidate === mode}
          onClick={() => {
            chosen.value = candidate;
          }}
        >
          {candidate}
        </button>
      ))}
    </span>
  );
}

// Whatever a client managed to send: if it cannot be drawn, its text can.
function PayloadBody(props: BodyProps) {
  const [failure] = useErrorBoundary();
  return failure === undefined ? <DrawnBody {...props} /> : <LongText text={props.text} />;
}

interface BodyProps {
  mode: Mode;
  text: string;
  reading: Reading;
}

function DrawnBody({ mode, text, reading: { json, conversation } }: BodyProps) {
  switch (mode) {
    case "Chat":
      return conversation && <ConversationView conversation={conversation} />;
    case "JSON":
      return json === undefined ? null : <JsonTree value={json} />;
    case "Text":
      return (
        <div class="text-body">
          <MarkdownView text={typeof json === "string" ? json : text} />
        </div>
      );
    case "Raw":
      return <LongText text={text} />;
  }
}
