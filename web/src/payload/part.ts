// One part of a message's content in the spellings of OpenAI, Anthropic, Gemini, the AI SDK and OpenTelemetry.
import type { Part } from "./conversation.ts";
import { type Json, type JsonObject, isArray, isObject, parseContainer } from "./json.ts";

/** Reads one part of a message's content; null for an empty one. */
export function readPart(value: Json): Part | null {
  if (value === null || value === "") return null;
  if (typeof value === "string") return { kind: "text", text: value };
  if (!isObject(value)) return { kind: "other", value };
  const type = value["type"];
  return (typeof type === "string" ? typedPart(type, value) : untypedPart(value)) ?? { kind: "other", value };
}

function typedPart(type: string, value: JsonObject): Part | null {
  switch (type.replaceAll("-", "_")) {
    case "text":
    case "input_text":
    case "output_text":
    case "summary_text":
      return textPart("text", value["text"] ?? value["content"]);
    case "refusal":
      return textPart("text", value["refusal"]);
    case "thinking":
    case "reasoning":
      return textPart("thinking", thinkingText(value));
    case "image":
    case "image_url":
    case "input_image":
    case "file":
    case "blob":
    case "uri":
      return imagePart(value);
    case "tool_use":
    case "server_tool_use":
    case "tool_call":
    case "function_call":
      return callPart(value);
    case "function":
      return isCall(value) ? callPart(value) : null;
    case "tool_result":
    case "tool_call_response":
    case "function_call_output":
    case "web_search_tool_result":
      return resultPart(value);
    default:
      return null;
  }
}

// Gemini's parts have no type: the one key they carry says what they are.
function untypedPart(value: JsonObject): Part | null {
  if (typeof value["text"] === "string") return textPart(value["thought"] === true ? "thinking" : "text", value["text"]);
  const call = value["functionCall"] ?? value["function_call"];
  if (isObject(call)) return callPart(call);
  const answer = value["functionResponse"] ?? value["function_response"];
  if (isObject(answer)) return resultPart(answer);
  const data = value["inlineData"] ?? value["inline_data"];
  return isObject(data) ? imagePart(data) : null;
}

function textPart(kind: "text" | "thinking", text: Json | undefined): Part | null {
  return typeof text === "string" ? { kind, text } : null;
}

function thinkingText(value: JsonObject): Json | undefined {
  const summary = value["summary"];
  if (isArray(summary)) return summary.map((item) => (isObject(item) ? String(item["text"] ?? "") : "")).join("\n");
  return value["thinking"] ?? value["text"] ?? value["content"] ?? value["reasoning"];
}

function imagePart(value: JsonObject): Part | null {
  const source = imageSource(value);
  return source === null ? null : { kind: "image", source };
}

function imageSource(value: JsonObject): string | null {
  const inner = value["image_url"] ?? value["source"] ?? value["image"] ?? value["url"] ?? value["uri"];
  if (typeof inner === "string") return inner;
  if (isObject(inner)) return typeof inner["url"] === "string" ? inner["url"] : dataUrl(inner);
  return dataUrl(value);
}

function dataUrl(value: JsonObject): string | null {
  const type = value["media_type"] ?? value["mediaType"] ?? value["mimeType"] ?? value["mime_type"];
  const data = value["data"] ?? value["content"];
  if (typeof type !== "string" || typeof data !== "string" || !type.startsWith("image/")) return null;
  return data.startsWith("data:") ? data : `data:${type};base64,${data}`;
}

function callPart(value: JsonObject): Part | null {
  const inner = isObject(value["function"]) ? value["function"] : value;
  const name = inner["name"] ?? inner["toolName"] ?? inner["tool_name"];
  if (typeof name !== "string") return null;
  const input = inner["input"] ?? inner["arguments"] ?? inner["args"] ?? null;
  return { kind: "call", name, id: idOf(value), input: opened(input) };
}

// The definition of a tool has the same type, but no arguments.
function isCall(value: JsonObject): boolean {
  return isObject(value["function"]) && value["function"]["arguments"] !== undefined;
}

function resultPart(value: JsonObject): Part {
  const name = value["name"] ?? value["toolName"];
  const output = value["response"] ?? value["result"] ?? value["output"] ?? value["content"] ?? null;
  return { kind: "result", name: typeof name === "string" ? name : null, id: idOf(value), output: opened(textOnly(output)) };
}

// [{type: "text", text: …}] and the AI SDK's {type: "json", value: …} are wrappers around what the tool said.
function textOnly(output: Json): Json {
  if (isObject(output) && typeof output["type"] === "string" && output["value"] !== undefined) return output["value"];
  if (!isArray(output) || output.length === 0) return output;
  const texts = output.map((item) => (isObject(item) && item["type"] === "text" ? item["text"] : undefined));
  return texts.every((text) => typeof text === "string") ? texts.join("\n") : output;
}

function opened(value: Json): Json {
  return typeof value === "string" ? (parseContainer(value) ?? value) : value;
}

function idOf(value: JsonObject): string | null {
  const id = value["call_id"] ?? value["tool_use_id"] ?? value["toolCallId"] ?? value["tool_call_id"] ?? value["id"];
  return typeof id === "string" && id !== "" ? id : null;
}
