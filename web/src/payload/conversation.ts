// Recognises chat messages in a payload, whichever client wrote it. Pure: JSON in, a conversation out, or null when
// the payload is something else.
import { type Json, type JsonObject, isArray, isObject, parseContainer, printJson } from "./json.ts";
import { readPart } from "./part.ts";

export interface Conversation {
  readonly messages: readonly Message[];
  /** The names of the tools that the model was offered. */
  readonly tools: readonly string[];
  /** What stood beside the messages (`model`, `usage`, …); null when nothing did. */
  readonly rest: JsonObject | null;
}

export interface Message {
  /** In lower case: `system`, `user`, `assistant`, `tool`, or what the client called it. */
  readonly role: string;
  readonly name: string | null;
  readonly parts: readonly Part[];
}

export type Part =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "thinking"; readonly text: string }
  | { readonly kind: "image"; readonly source: string }
  | { readonly kind: "call"; readonly name: string; readonly id: string | null; readonly input: Json }
  | { readonly kind: "result"; readonly name: string | null; readonly id: string | null; readonly output: Json }
  | { readonly kind: "other"; readonly value: Json };

/** Returns the conversation that a payload holds, or null. */
export function recognise(value: Json): Conversation | null {
  const messages = messagesOf(value);
  if (messages === null || messages.length === 0) return null;
  if (!isObject(value) || isMessage(value)) return { messages, tools: [], rest: null };
  return { messages, tools: toolNames(value["tools"] ?? value["functions"]), rest: restOf(value) };
}

const SHOWN_KEYS = new Set([
  ...["messages", "contents", "system", "systemInstruction", "system_instruction", "instructions"],
  ...["choices", "candidates", "generations", "message", "tools", "functions"],
]);

function restOf(value: JsonObject): JsonObject | null {
  const shown = isArray(value["messages"]) || isArray(value["contents"]) ? [] : ["input"];
  if (isArray(value["output"]) && !isArray(value["choices"])) shown.push("output");
  const rest = Object.entries(value).filter(([key, item]) => !SHOWN_KEYS.has(key) && !shown.includes(key) && item !== null);
  return rest.length === 0 ? null : Object.fromEntries(rest);
}

function messagesOf(value: Json): Message[] | null {
  if (isArray(value)) return messagesOfArray(value);
  if (!isObject(value)) return null;
  return messagesOfRequest(value) ?? messagesOfAnswer(value) ?? messagesOfOne(value);
}

function messagesOfArray(values: readonly Json[]): Message[] | null {
  const [only] = values;
  // LangChain batches: one list of messages per prompt.
  const list = values.length === 1 && isArray(only) ? only : values;
  const messages = list.map(readMessage);
  return messages.every((message) => message !== null) ? mergeItems(messages) : null;
}

// {messages: […]}, {contents: […]} (Gemini) and {input: […]} (OpenAI Responses), with the system text beside them.
function messagesOfRequest(request: JsonObject): Message[] | null {
  const list = [request["messages"], request["contents"], request["input"]].find(isArray);
  if (!list) return null;
  const messages = messagesOfArray(list);
  if (!messages) return null;
  const system = request["system"] ?? request["systemInstruction"] ?? request["system_instruction"] ?? request["instructions"];
  return system === undefined || system === null ? messages : [systemMessage(system), ...messages];
}

function systemMessage(value: Json): Message {
  const content = isObject(value) ? (value["parts"] ?? value["content"] ?? value) : value;
  return { role: "system", name: null, parts: partsOf(content) };
}

// {choices: […]} (OpenAI), {candidates: […]} (Gemini), {output: […]} (OpenAI Responses), {generations: [[…]]}
// (LangChain), {message: …} (Ollama).
function messagesOfAnswer(answer: JsonObject): Message[] | null {
  const choices = [answer["choices"], answer["candidates"], answer["generations"]].find(isArray);
  if (choices) return choices.length === 0 ? null : messagesOfArray(choices.flat().map(unwrapChoice));
  if (isArray(answer["output"])) return messagesOfArray(answer["output"]);
  return isObject(answer["message"]) ? messagesOfArray([answer["message"]]) : null;
}

function unwrapChoice(choice: Json): Json {
  if (!isObject(choice)) return choice;
  const message = choice["message"] ?? choice["delta"] ?? choice["content"];
  if (isObject(message)) return message;
  return typeof choice["text"] === "string" ? { role: "assistant", content: choice["text"] } : choice;
}

function messagesOfOne(value: JsonObject): Message[] | null {
  if (!isMessage(value)) return null;
  const message = readMessage(value);
  return message && [message];
}

function isMessage(value: JsonObject): boolean {
  return typeof value["role"] === "string" || isSerializedMessage(value);
}

function readMessage(value: Json): Message | null {
  if (!isObject(value)) return null;
  if (isSerializedMessage(value)) return readMessage({ ...(value["kwargs"] as JsonObject), role: serializedRole(value) });
  const role = roleOf(value);
  if (role !== null && isMessageBody(value)) return chatMessage(role, value);
  const item = typeof value["type"] === "string" ? readPart(value) : null;
  if (item === null || item.kind === "other" || item.kind === "image") return null;
  return { role: item.kind === "result" ? "tool" : "assistant", name: null, parts: [item] };
}

const ROLE_OF_LANGCHAIN_TYPE: Readonly<Record<string, string>> = {
  human: "user",
  ai: "assistant",
  AIMessageChunk: "assistant",
  system: "system",
  tool: "tool",
  function: "tool",
};

function roleOf(value: JsonObject): string | null {
  if (typeof value["role"] === "string") return ROLE_OF_LANGCHAIN_TYPE[value["role"]] ?? value["role"].toLowerCase();
  return typeof value["type"] === "string" ? (ROLE_OF_LANGCHAIN_TYPE[value["type"]] ?? null) : null;
}

// LangChain's `dumpd`: {lc: 1, type: "constructor", id: ["langchain", …, "HumanMessage"], kwargs: {…}}.
function isSerializedMessage(value: JsonObject): boolean {
  return value["lc"] === 1 && isObject(value["kwargs"]) && serializedRole(value) !== "";
}

function serializedRole(value: JsonObject): string {
  const path = value["id"];
  const name = isArray(path) ? path.at(-1) : undefined;
  if (typeof name !== "string") return "";
  const role = /^(Human|AI|System|Tool|Function)Message/.exec(name)?.[1];
  return role === undefined ? "" : (ROLE_OF_LANGCHAIN_TYPE[role.toLowerCase()] ?? "");
}

const BODY_KEYS = ["content", "parts", "tool_calls", "function_call", "data", "refusal", "reasoning_content"];

function isMessageBody(value: JsonObject): boolean {
  return BODY_KEYS.some((key) => value[key] !== undefined);
}

function chatMessage(role: string, value: JsonObject): Message {
  const data = isObject(value["data"]) ? value["data"] : {};
  const body: JsonObject = { ...data, ...value };
  const name = typeof body["name"] === "string" && body["name"] !== "" ? body["name"] : null;
  const content = body["parts"] ?? body["content"] ?? null;
  if (role === "tool" || role === "function") return toolMessage(name, body, content);
  const parts = [...thinkingOf(body), ...partsOf(content), ...refusalOf(body), ...callsOf(body)];
  // Anthropic puts what a tool said into the user's mouth.
  const onlyResults = parts.length > 0 && parts.every((part) => part.kind === "result");
  return { role: onlyResults ? "tool" : role, name, parts };
}

function toolMessage(name: string | null, body: JsonObject, content: Json): Message {
  const parts = partsOf(content);
  if (parts.some((part) => part.kind === "result")) return { role: "tool", name, parts };
  const id = textOrNull(body["tool_call_id"]);
  const text = parts.every((part) => part.kind === "text") ? parts.map((part) => part.text).join("\n") : null;
  const output = text === null ? content : (parseContainer(text) ?? text);
  return { role: "tool", name: null, parts: [{ kind: "result", name, id, output }] };
}

function partsOf(content: Json): Part[] {
  if (content === null || content === "") return [];
  if (typeof content === "string") return [{ kind: "text", text: content }];
  if (isArray(content)) return content.flatMap((item) => readPart(item) ?? []);
  return [readPart(content) ?? { kind: "other", value: content }];
}

function thinkingOf(body: JsonObject): Part[] {
  const text = body["reasoning_content"] ?? body["reasoning"] ?? body["thinking"];
  return typeof text === "string" && text !== "" ? [{ kind: "thinking", text }] : [];
}

function refusalOf(body: JsonObject): Part[] {
  const text = body["refusal"];
  return typeof text === "string" && text !== "" ? [{ kind: "text", text }] : [];
}

// OpenAI's tool_calls and the older function_call, also where LangChain keeps them.
function callsOf(body: JsonObject): Part[] {
  const extra = isObject(body["additional_kwargs"]) ? body["additional_kwargs"] : {};
  const own = isArray(body["tool_calls"]) && body["tool_calls"].length > 0 ? body["tool_calls"] : extra["tool_calls"];
  const calls = isArray(own) ? own : [body["function_call"] ?? extra["function_call"] ?? null];
  return calls.flatMap((call) => (isObject(call) ? [callOf(call)] : []));
}

function callOf(call: JsonObject): Part {
  const inner = isObject(call["function"]) ? call["function"] : call;
  const input = inner["arguments"] ?? inner["args"] ?? inner["input"] ?? null;
  return {
    kind: "call",
    name: textOrNull(inner["name"]) ?? "tool",
    id: textOrNull(call["id"]),
    input: typeof input === "string" ? (parseContainer(input) ?? input) : input,
  };
}

// OpenAI Responses lists a turn's items one by one: what one role says in a row is one message.
function mergeItems(messages: readonly Message[]): Message[] {
  const merged: Message[] = [];
  for (const message of messages) {
    const last = merged.at(-1);
    const joins = last?.role === "assistant" && message.role === "assistant" && message.parts.every(isItem);
    if (joins) merged[merged.length - 1] = { ...last, parts: [...last.parts, ...message.parts] };
    else merged.push(message);
  }
  return merged;
}

function isItem(part: Part): boolean {
  return part.kind === "call" || part.kind === "thinking";
}

function toolNames(tools: Json | undefined): string[] {
  if (!isArray(tools)) return [];
  return tools.flatMap((tool) => {
    if (!isObject(tool)) return [];
    const inner = isObject(tool["function"]) ? tool["function"] : tool;
    return textOrNull(inner["name"]) ?? [];
  });
}

function textOrNull(value: Json | undefined): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** Returns a message as plain text, for the clipboard. */
export function messageText(message: Message): string {
  return message.parts.map(partText).join("\n\n");
}

function partText(part: Part): string {
  switch (part.kind) {
    case "text":
    case "thinking":
      return part.text;
    case "image":
      return part.source;
    case "call":
      return `${part.name}(${printValue(part.input)})`;
    case "result":
      return printValue(part.output);
    case "other":
      return printJson(part.value);
  }
}

function printValue(value: Json): string {
  return typeof value === "string" ? value : printJson(value);
}
