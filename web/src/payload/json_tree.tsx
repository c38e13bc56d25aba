import { useState } from "preact/hooks";
import { plural } from "../format.ts";
import { CopyButton } from "../frame/copy_button.tsx";
import { Icon } from "../frame/icon.tsx";
import { type Json, type JsonObject, isArray, isObject, printJson } from "./json.ts";

/** Containers are open at first down to this depth, unless they hold more than so many members. */
const OPEN_DEPTH = 2;
const OPEN_MEMBERS = 40;

/** How many members of one container are shown at a time. */
const MEMBERS_SHOWN = 100;

/** How much of a long string is shown at first. */
const STRING_SHOWN = 600;

/** A JSON value as a tree whose branches are built when they are opened. */
export function JsonTree({ value }: { value: Json }) {
  if (!isArray(value) && !isObject(value)) {
    return (
      <div class="json">
        <Scalar value={value} />
      </div>
    );
  }
  return (
    <div class="json">
      <Members value={value} depth={0} />
    </div>
  );
}

function Members({ value, depth }: { value: readonly Json[] | JsonObject; depth: number }) {
  const [shown, setShown] = useState(MEMBERS_SHOWN);
  const keys = isArray(value) ? value.length : Object.keys(value);
  const count = typeof keys === "number" ? keys : keys.length;
  if (count === 0) return <span class="json-empty">{isArray(value) ? "[ ]" : "{ }"}</span>;
  const members = isArray(value) ? value.slice(0, shown).map(numbered) : Object.entries(value).slice(0, shown);
  return (
    <ul>
      {members.map(([key, item]) => (
        <Member key={key} name={key} value={item} depth={depth} index={isArray(value)} />
      ))}
      {count > shown && (
        <li>
          <button type="button" class="link-button" onClick={() => setShown(shown * 10)}>
            {plural(count - shown, "more member")}
          </button>
        </li>
      )}
    </ul>
  );
}

function numbered(item: Json, index: number): [string, Json] {
  return [String(index), item];
}

interface MemberProps {
  name: string;
  value: Json;
  depth: number;
  /** Whether the name is a place in an array. */
  index: boolean;
}

function Member({ name, value, depth, index }: MemberProps) {
  const container = (isArray(value) || isObject(value)) && sizeOf(value) > 0;
  const key = <span class={index ? "json-index" : "json-key"}>{name}</span>;
  if (container) return <Branch value={value} depth={depth} label={key} />;
  return (
    <li>
      <span class="json-leaf">
        {key}
        {isArray(value) || isObject(value) ? <Members value={value} depth={depth} /> : <Scalar value={value} />}
      </span>
    </li>
  );
}

interface BranchProps {
  value: readonly Json[] | JsonObject;
  depth: number;
  label: preact.ComponentChildren;
}

function Branch({ value, depth, label }: BranchProps) {
  const [open, setOpen] = useState(depth + 1 < OPEN_DEPTH && sizeOf(value) <= OPEN_MEMBERS);
  return (
    <li>
      <span class="json-branch">
        <button type="button" class="json-toggle" aria-expanded={open} onClick={() => setOpen(!open)}>
          <Icon name={open ? "open" : "closed"} />
          {label}
          <span class="json-size">{isArray(value) ? `[${value.length}]` : `{${sizeOf(value)}}`}</span>
          {!open && <span class="json-preview">{preview(value)}</span>}
        </button>
        <CopyButton text={() => printJson(value)} label="Copy this part" />
      </span>
      {open && <Members value={value} depth={depth + 1} />}
    </li>
  );
}

function sizeOf(value: readonly Json[] | JsonObject): number {
  return isArray(value) ? value.length : Object.keys(value).length;
}

const PREVIEW_MEMBERS = 4;
const PREVIEW_CHARACTERS = 40;

function preview(value: readonly Json[] | JsonObject): string {
  const texts = isArray(value)
    ? value.slice(0, PREVIEW_MEMBERS).map(glimpse)
    : Object.entries(value)
        .slice(0, PREVIEW_MEMBERS)
        .map(([key, item]) => `${key}: ${glimpse(item)}`);
  return texts.join(", ") + (sizeOf(value) > PREVIEW_MEMBERS ? ", …" : "");
}

function glimpse(value: Json): string {
  if (isArray(value)) return value.length === 0 ? "[]" : "[…]";
  if (isObject(value)) return "{…}";
  if (typeof value !== "string") return String(value);
  return value.length > PREVIEW_CHARACTERS ? `"${value.slice(0, PREVIEW_CHARACTERS)}…"` : JSON.stringify(value);
}

function Scalar({ value }: { value: Exclude<Json, readonly Json[] | JsonObject> }) {
  if (typeof value === "string") return <Text text={value} />;
  return <span class={value === null ? "json-null" : `json-${typeof value}`}>{String(value)}</span>;
}

function Text({ text }: { text: string }) {
  const [shown, setShown] = useState(STRING_SHOWN);
  if (text === "") return <span class="json-string json-blank">""</span>;
  return (
    <span class="json-string">
      {text.slice(0, shown)}
      {text.length > shown && (
        <>
          …{" "}
          <button type="button" class="link-button" onClick={() => setShown(shown * 300)}>
            {plural(text.length - shown, "more character")}
          </button>
        </>
      )}
    </span>
  );
}
