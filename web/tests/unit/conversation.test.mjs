import assert from "node:assert/strict";
import test from "node:test";
import { messageText, recognise } from "../../dist/payload/conversation.js";

const text = (words) => ({ kind: "text", text: words });

function messages(value) {
  return recognise(value)?.messages.map(({ role, parts }) => [role, ...parts]) ?? null;
}

test("OpenAI: messages with text, parts, tool calls and tool results", () => {
  const value = [
    { role: "system", content: "Be kind." },
    { role: "user", content: [{ type: "text", text: "Hi" }, { type: "image_url", image_url: { url: "data:image/png;base64,AA" } }] },
    { role: "assistant", content: null, tool_calls: [{ id: "c1", type: "function", function: { name: "look", arguments: '{"at":"sea"}' } }] },
    { role: "tool", tool_call_id: "c1", content: '{"seen":[1,2]}' },
    { role: "assistant", content: "A boat", refusal: null },
  ];
  assert.deepEqual(messages(value), [
    ["system", text("Be kind.")],
    ["user", text("Hi"), { kind: "image", source: "data:image/png;base64,AA" }],
    ["assistant", { kind: "call", name: "look", id: "c1", input: { at: "sea" } }],
    ["tool", { kind: "result", name: null, id: "c1", output: { seen: [1, 2] } }],
    ["assistant", text("A boat")],
  ]);
});

test("a request keeps its tools and shows what stood beside the messages", () => {
  const request = { model: "gpt-5", temperature: 0, user: null, messages: [{ role: "user", content: "Hi" }], tools: [{ type: "function", function: { name: "look" } }, { name: "hear", input_schema: {} }] };
  assert.deepEqual(recognise(request), { messages: [{ role: "user", name: null, parts: [text("Hi")] }], tools: ["look", "hear"], rest: { model: "gpt-5", temperature: 0 } });
});

test("OpenAI: an answer's choices", () => {
  const answer = { id: "x", choices: [{ index: 0, message: { role: "assistant", content: "Yes", reasoning_content: "Because" }, finish_reason: "stop" }], usage: { total_tokens: 3 } };
  assert.deepEqual(messages(answer), [["assistant", { kind: "thinking", text: "Because" }, text("Yes")]]);
  assert.deepEqual(recognise(answer).rest, { id: "x", usage: { total_tokens: 3 } });
  assert.deepEqual(messages({ choices: [{ text: "old completion" }] }), [["assistant", text("old completion")]]);
});

test("OpenAI Responses: input and output items of one turn are one message", () => {
  const answer = {
    output: [
      { type: "reasoning", summary: [{ type: "summary_text", text: "Think" }] },
      { type: "function_call", call_id: "c1", name: "look", arguments: "{}" },
      { type: "function_call_output", call_id: "c1", output: "sea" },
      { type: "message", role: "assistant", content: [{ type: "output_text", text: "Sea." }] },
    ],
  };
  assert.deepEqual(messages(answer), [
    ["assistant", { kind: "thinking", text: "Think" }, { kind: "call", name: "look", id: "c1", input: {} }],
    ["tool", { kind: "result", name: null, id: "c1", output: "sea" }],
    ["assistant", text("Sea.")],
  ]);
  assert.deepEqual(messages({ instructions: "Short.", input: [{ role: "user", content: "Hi" }] }), [["system", text("Short.")], ["user", text("Hi")]]);
});

test("Anthropic: content parts, thinking, tool use and its result", () => {
  const request = {
    system: [{ type: "text", text: "Be kind." }],
    messages: [
      { role: "assistant", content: [{ type: "thinking", thinking: "Hm" }, { type: "tool_use", id: "t1", name: "look", input: { at: 1 } }] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "t1", content: [{ type: "text", text: '{"ok":true}' }] }] },
      { role: "user", content: [{ type: "image", source: { type: "base64", media_type: "image/png", data: "AA" } }] },
    ],
  };
  assert.deepEqual(messages(request), [
    ["system", text("Be kind.")],
    ["assistant", { kind: "thinking", text: "Hm" }, { kind: "call", name: "look", id: "t1", input: { at: 1 } }],
    ["tool", { kind: "result", name: null, id: "t1", output: { ok: true } }],
    ["user", { kind: "image", source: "data:image/png;base64,AA" }],
  ]);
  assert.deepEqual(messages({ id: "m", role: "assistant", content: [{ type: "text", text: "Yes" }] }), [["assistant", text("Yes")]]);
});

test("OpenTelemetry: roles with parts", () => {
  const value = [
    { role: "user", parts: [{ type: "text", content: "Hi" }] },
    { role: "assistant", parts: [{ type: "reasoning", content: "Hm" }, { type: "tool_call", id: "c1", name: "look", arguments: { at: 1 } }], finish_reason: "tool_call" },
    { role: "tool", parts: [{ type: "tool_call_response", id: "c1", response: "sea" }] },
  ];
  assert.deepEqual(messages(value), [
    ["user", text("Hi")],
    ["assistant", { kind: "thinking", text: "Hm" }, { kind: "call", name: "look", id: "c1", input: { at: 1 } }],
    ["tool", { kind: "result", name: null, id: "c1", output: "sea" }],
  ]);
});

test("Gemini: contents and candidates with untyped parts", () => {
  assert.deepEqual(messages({ systemInstruction: { parts: [{ text: "Kind." }] }, contents: [{ role: "user", parts: [{ text: "Hi" }] }, { role: "model", parts: [{ functionCall: { name: "look", args: { at: 1 } } }] }] }), [
    ["system", text("Kind.")],
    ["user", text("Hi")],
    ["model", { kind: "call", name: "look", id: null, input: { at: 1 } }],
  ]);
  assert.deepEqual(messages({ candidates: [{ content: { role: "model", parts: [{ text: "Yes" }] } }] }), [["model", text("Yes")]]);
});

test("AI SDK: tool calls and results with dashes", () => {
  const value = [
    { role: "assistant", content: [{ type: "tool-call", toolCallId: "c1", toolName: "look", input: { at: 1 } }] },
    { role: "tool", content: [{ type: "tool-result", toolCallId: "c1", toolName: "look", output: { type: "json", value: { ok: 1 } } }] },
  ];
  assert.deepEqual(messages(value), [
    ["assistant", { kind: "call", name: "look", id: "c1", input: { at: 1 } }],
    ["tool", { kind: "result", name: "look", id: "c1", output: { ok: 1 } }],
  ]);
});

test("LangChain: types for roles, batches, serialised messages, generations", () => {
  assert.deepEqual(messages([[{ type: "human", content: "Hi" }, { type: "ai", data: { content: "Ho" } }]]), [["user", text("Hi")], ["assistant", text("Ho")]]);
  const serialised = { lc: 1, type: "constructor", id: ["langchain", "schema", "messages", "AIMessage"], kwargs: { content: "Ho", tool_calls: [{ id: "c1", name: "look", args: { at: 1 } }] } };
  assert.deepEqual(messages({ messages: [serialised] }), [["assistant", text("Ho"), { kind: "call", name: "look", id: "c1", input: { at: 1 } }]]);
  assert.deepEqual(messages({ generations: [[{ text: "Ho", message: { type: "ai", content: "Ho" } }]] }), [["assistant", text("Ho")]]);
});

test("what is not a conversation is left alone", () => {
  const others = [
    null,
    7,
    "Hi",
    [],
    {},
    [1, 2],
    [{ a: 1 }],
    [{ text: "a chunk", score: 0.8 }],
    [{ type: "function", function: { name: "look", parameters: {} } }],
    [{ type: "file", uri: "https://example.org/a.pdf" }],
    [{ role: "user", content: "Hi" }, { other: true }],
    { role: "admin", email: "a@example.org" },
    { messages: ["a", "b"] },
    { messages: [] },
    { choices: [] },
    { message: "text" },
    { input: { question: "?" } },
    { output: "text" },
  ];
  for (const value of others) assert.equal(recognise(value), null, JSON.stringify(value));
});

test("odd messages are shown rather than dropped", () => {
  assert.deepEqual(messages([{ role: "User", content: { custom: 1 } }, { role: "critic", name: "Ann", content: 5 }, { role: "assistant", content: "" }]), [
    ["user", { kind: "other", value: { custom: 1 } }],
    ["critic", { kind: "other", value: 5 }],
    ["assistant"],
  ]);
});

test("a message copies as its text, calls and results included", () => {
  const [message] = recognise([{ role: "assistant", content: "Look:", tool_calls: [{ function: { name: "look", arguments: '{"at":1}' } }] }]).messages;
  assert.equal(messageText(message), 'Look:\n\nlook({\n  "at": 1\n})');
});
