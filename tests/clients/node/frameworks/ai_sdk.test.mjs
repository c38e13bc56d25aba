// Vercel's AI SDK with its telemetry, through Langfuse's span processor and through OpenTelemetry's own exporter.

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";

import { createOpenAI } from "@ai-sdk/openai";
import { LangfuseSpanProcessor } from "@langfuse/otel";
import { context } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { embed, embedMany, generateObject, generateText, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";

import { AUTHORIZATION, OTLP_TRACES, publish } from "../connection.mjs";
import * as task from "./task.mjs";

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());

const openai = createOpenAI();
const tools = {
  get_weather: tool({
    description: "Tells the weather.",
    inputSchema: z.object({ city: z.string() }),
    execute: async ({ city }) => `sunny in ${city}`,
  }),
};

/** Asks in every way the SDK has, under one root span, and returns the trace id. */
async function everyCall(tracer, name) {
  const telemetry = (functionId) => ({
    isEnabled: true,
    tracer,
    functionId,
    metadata: {
      userId: `user-${name}`,
      sessionId: `session-${name}`,
      tags: ["ai-sdk", "weather"],
      plan: "premium",
    },
  });
  const { text } = await generateText({
    model: openai.chat(task.MODEL),
    system: task.INSTRUCTIONS,
    prompt: task.QUESTION,
    tools,
    temperature: 0.2,
    maxOutputTokens: 256,
    stopWhen: stepCountIs(3),
    experimental_telemetry: telemetry("plan-a-trip"),
  });
  assert.equal(text, task.SENTENCE);
  const stream = streamText({
    model: openai.responses(task.REASONING_MODEL),
    messages: [{ role: "user", content: task.QUESTION }],
    experimental_telemetry: telemetry("stream-an-answer"),
  });
  let streamed = "";
  for await (const piece of stream.textStream) streamed += piece;
  assert.equal(streamed, task.SENTENCE);
  const { object } = await generateObject({
    model: openai.chat(task.MODEL),
    schema: z.object({ city: z.string(), degrees: z.number() }),
    prompt: task.QUESTION,
    experimental_telemetry: telemetry("fill-a-schema"),
  });
  assert.deepEqual(object, { city: "東京", degrees: 21 });
  const model = openai.embedding("text-embedding-3-small");
  await embed({ model, value: task.QUESTION, experimental_telemetry: telemetry("embed-one") });
  await embedMany({ model, values: [task.QUESTION, task.SENTENCE], experimental_telemetry: telemetry("embed-two") });
  await assert.rejects(
    generateText({
      model: openai.chat(task.MISSING_MODEL),
      prompt: task.QUESTION,
      maxRetries: 0,
      experimental_telemetry: telemetry("refused"),
    }),
  );
}

const exporter = () => new OTLPTraceExporter({ url: OTLP_TRACES, headers: { Authorization: AUTHORIZATION } });

for (const [name, makeProcessor] of [
  ["ai-sdk-langfuse", () => new LangfuseSpanProcessor()],
  ["ai-sdk-otlp", () => new BatchSpanProcessor(exporter())],
]) {
  describe(name, () => {
    const provider = new NodeTracerProvider({
      resource: resourceFromAttributes({
        "service.name": "travel",
        "service.version": "2026.11",
        "deployment.environment.name": "staging",
      }),
      spanProcessors: [makeProcessor()],
    });
    after(() => provider.shutdown());

    test("every call arrives as its user expects", async () => {
      const tracer = provider.getTracer("ai");
      const traceId = await tracer.startActiveSpan("every-call", async (root) => {
        await everyCall(tracer, name);
        root.end();
        return root.spanContext().traceId;
      });
      await provider.forceFlush();
      task.checkGolden(name, traceId);
      await publish(name, traceId);
    });
  });
}
