import { isArray, isObject, parseContainer } from "./json.js";
/** Reads one part of a message's content; null for an empty one. */
export function readPart(value) {
    if (value === null || value === "")
        return null;
    if (typeof value === "string")
        return { kind: "text", text: value };
    if (!isObject(value))
        return { kind: "other", value };
    const type = value["type"];
    return (typeof type === "string" ? typedPart(type, value) : untypedPart(value)) ?? { kind: "other", value };
}
function typedPart(type, value) {
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
function untypedPart(value) {
    if (typeof value["text"] === "string")
        return textPart(value["thought"] === true ? "thinking" : "text", value["text"]);
    const call = value["functionCall"] ?? value["function_call"];
    if (isObject(call))
        return callPart(call);
    const answer = value["functionResponse"] ?? value["function_response"];
    if (isObject(answer))
        return resultPart(answer);
    const data = value["inlineData"] ?? value["inline_data"];
    return isObject(data) ? imagePart(data) : null;
}
function textPart(kind, text) {
    return typeof text === "string" ? { kind, text } : null;
}
function thinkingText(value) {
    const summary = value["summary"];
    if (isArray(summary))
        return summary.map((item) => (isObject(item) ? String(item["text"] ?? "") : "")).join("\n");
    return value["thinking"] ?? value["text"] ?? value["content"] ?? value["reasoning"];
}
function imagePart(value) {
    const source = imageSource(value);
    return source === null ? null : { kind: "image", source };
}
function imageSource(value) {
    const inner = value["image_url"] ?? value["source"] ?? value["image"] ?? value["url"] ?? value["uri"];
    if (typeof inner === "string")
        return inner;
    if (isObject(inner))
        return typeof inner["url"] === "string" ? inner["url"] : dataUrl(inner);
    return dataUrl(value);
}
function dataUrl(value) {
    const type = value["media_type"] ?? value["mediaType"] ?? value["mimeType"] ?? value["mime_type"];
    const data = value["data"] ?? value["content"];
    if (typeof type !== "string" || typeof data !== "string" || !type.startsWith("image/"))
        return null;
    return data.startsWith("data:") ? data : `data:${type};base64,${data}`;
}
function callPart(value) {
    const inner = isObject(value["function"]) ? value["function"] : value;
    const name = inner["name"] ?? inner["toolName"] ?? inner["tool_name"];
    if (typeof name !== "string")
        return null;
    const input = inner["input"] ?? inner["arguments"] ?? inner["args"] ?? null;
    return { kind: "call", name, id: idOf(value), input: opened(input) };
}
// The definition of a tool has the same type, but no arguments.
function isCall(value) {
    return isObject(value["function"]) && value["function"]["arguments"] !== undefined;
}
function resultPart(value) {
    const name = value["name"] ?? value["toolName"];
    const output = value["response"] ?? value["result"] ?? value["output"] ?? value["content"] ?? null;
    return { kind: "result", name: typeof name === "string" ? name : null, id: idOf(value), output: opened(textOnly(output)) };
}
// [{type: "text", text: …}] and the AI SDK's {type: "json", value: …} are wrappers around what the tool said.
function textOnly(output) {
    if (isObject(output) && typeof output["type"] === "string" && output["value"] !== undefined)
        return output["value"];
    if (!isArray(output) || output.length === 0)
        return output;
    const texts = output.map((item) => (isObject(item) && item["type"] === "text" ? item["text"] : undefined));
    return texts.every((text) => typeof text === "string") ? texts.join("\n") : output;
}
function opened(value) {
    return typeof value === "string" ? (parseContainer(value) ?? value) : value;
}
function idOf(value) {
    const id = value["call_id"] ?? value["tool_use_id"] ?? value["toolCallId"] ?? value["tool_call_id"] ?? value["id"];
    return typeof id === "string" && id !== "" ? id : null;
}
