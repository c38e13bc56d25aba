// The seventh version of Vercel's AI SDK: its telemetry, a package of its own, writes the conventions for generative AI.
// It asks for Node 22 and runs on Node 20.

import assert from "node:assert/strict";
import { after, test } from "node:test";

import { createOpenAI } from "@ai-sdk/openai";
import { OpenTelemetry } from "@ai-sdk/otel";
import { context } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { embedMany, generateText, isStepCount, registerTelemetry, streamText, tool } from "ai";
import { z } from "zod";

import { AUTHORIZATION, OTLP_TRACES, publish } from "../connection.mjs";
import * as task from "../frameworks/task.mjs";

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
const provider = new NodeTracerProvider({
  resource: resourceFromAttributes({ "service.name": "travel", "deployment.environment.name": "staging" }),
  spanProcessors: [
    new BatchSpanProcessor(new OTLPTraceExporter({ url: OTLP_TRACES, headers: { Authorization: AUTHORIZATION } })),
  ],
});
provider.register();
registerTelemetry(new OpenTelemetry());
after(() => provider.shutdown());

const openai = createOpenAI();
const tools = {
  get_weather: tool({
    description: "Tells the weather.",
    inputSchema: z.object({ city: z.string() }),
    execute: async ({ city }) => `sunny in ${city}`,
  }),
};

async function everyCall() {
  const { text } = await generateText({
    model: openai.chat(task.MODEL),
    instructions: task.INSTRUCTIONS,
    prompt: task.QUESTION,
    tools,
    temperature: 0.2,
    maxOutputTokens: 256,
    stopWhen: isStepCount(3),
    telemetry: { functionId: "plan-a-trip" },
  });
  assert.equal(text, task.SENTENCE);
  const stream = streamText({
    model: openai.responses(task.REASONING_MODEL),
    messages: [{ role: "user", content: task.QUESTION }],
    telemetry: { functionId: "stream-an-answer" },
  });
  let streamed = "";
  for await (const piece of stream.textStream) streamed += piece;
  assert.equal(streamed, task.SENTENCE);
  await embedMany({
    model: openai.embedding("text-embedding-3-small"),
    values: [task.QUESTION, task.SENTENCE],
    telemetry: { functionId: "embed-two" },
  });
  await assert.rejects(
    generateText({ model: openai.chat(task.MISSING_MODEL), prompt: task.QUESTION, maxRetries: 0 }),
  );
}

test("every call arrives as its user expects", async () => {
  const root = { attributes: { "user.id": "user-ai-sdk-7", "session.id": "session-ai-sdk-7" } };
  const traceId = await provider.getTracer("travel").startActiveSpan("every-call", root, async (span) => {
    await everyCall();
    span.end();
    return span.spanContext().traceId;
  });
  await provider.forceFlush();
  task.checkGolden("ai-sdk-7", traceId);
  await publish("ai-sdk-7", traceId);
});
