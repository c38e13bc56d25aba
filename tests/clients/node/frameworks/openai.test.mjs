// `observeOpenAI`, the drop-in for OpenAI's client: chat, a stream, a tool, responses, embeddings and a refusal.

import assert from "node:assert/strict";
import { test } from "node:test";

import { observeOpenAI } from "@langfuse/openai";
import { LangfuseSpanProcessor } from "@langfuse/otel";
import { propagateAttributes, setLangfuseTracerProvider, startActiveObservation } from "@langfuse/tracing";
import { context } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import OpenAI from "openai";

import { publish } from "../connection.mjs";
import * as task from "./task.mjs";

const processor = new LangfuseSpanProcessor({ environment: "staging", release: "2026.11" });
setLangfuseTracerProvider(new NodeTracerProvider({ spanProcessors: [processor] }));
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());

const client = (generationName) => observeOpenAI(new OpenAI(), { generationName, generationMetadata: { plan: "premium" } });

async function everyCall(root) {
  root.update({ input: task.QUESTION });
  const { MODEL: model, CHAT: messages } = task;
  await client("chat").chat.completions.create({ model, messages, temperature: 0.2, max_completion_tokens: 256 });
  const stream = await client("chat-streamed").chat.completions.create({
    model: task.REASONING_MODEL,
    messages,
    stream: true,
    stream_options: { include_usage: true },
  });
  let text = "";
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
  assert.equal(text, task.SENTENCE);
  await client("chat-tool").chat.completions.create({ model, messages, tools: [task.WEATHER_TOOL] });
  await client("response").responses.create({
    model: task.REASONING_MODEL,
    instructions: task.INSTRUCTIONS,
    input: task.QUESTION,
  });
  await client("embedding").embeddings.create({ model: "text-embedding-3-small", input: [task.QUESTION] });
  await assert.rejects(client("refused").chat.completions.create({ model: task.MISSING_MODEL, messages }));
  root.update({ output: text });
  return root.traceId;
}

test("every call arrives as its user expects", async () => {
  const traceId = await propagateAttributes(
    { userId: "user-openai-js", sessionId: "session-openai-js", tags: ["openai", "weather"] },
    () => startActiveObservation("every-call", everyCall),
  );
  await processor.forceFlush();
  task.checkGolden("openai-js", traceId);
  await publish("openai-js", traceId);
});
