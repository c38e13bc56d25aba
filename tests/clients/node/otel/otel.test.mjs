// OpenTelemetry's own JavaScript exporters, JSON and protobuf, with the `gen_ai.*` semantic conventions.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";

import { SpanStatusCode, context, trace as otelTrace } from "@opentelemetry/api";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtobufExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";

import { AUTHORIZATION, OTLP_TRACES, get, publish } from "../connection.mjs";
import { after, isoAfter, story } from "../story.mjs";

const INPUT_MESSAGES = [{ role: "user", parts: [{ type: "text", content: "What should I pack for 東京?" }] }];
const OUTPUT_MESSAGES = [{ role: "assistant", parts: [{ type: "text", content: "An umbrella ☂" }], finish_reason: "stop" }];

/** Exports the story through `Exporter` and returns its trace id and the span ids by name. */
async function send(Exporter, user, options) {
  const exporter = new Exporter({ url: OTLP_TRACES, headers: { Authorization: AUTHORIZATION }, ...options });
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({
      "service.name": "travel",
      "service.version": story.version,
      "deployment.environment.name": story.environment,
    }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  const tracer = provider.getTracer("travel-instrumentation", "0.9");
  const ids = {};
  const start = (name, parent, at, attributes) => {
    const surrounding = parent ? otelTrace.setSpan(context.active(), parent) : context.active();
    const span = tracer.startSpan(name, { startTime: after(at), attributes }, surrounding);
    ids[name] = span.spanContext().spanId;
    return span;
  };

  const agent = start("invoke_agent travel", null, 0, {
    "gen_ai.operation.name": "invoke_agent",
    "user.id": user,
    "session.id": `session of ${user}`,
    "langfuse.trace.name": story.traceName,
    "langfuse.trace.tags": ["otel", "weather"],
    "langfuse.observation.input": JSON.stringify(story.question),
    "langfuse.observation.output": JSON.stringify(story.answer),
  });
  const generation = start("chat gpt-4o-mini", agent, 10, {
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": "gpt-4o-mini",
    "gen_ai.response.model": story.model,
    "gen_ai.request.temperature": 0.2,
    "gen_ai.request.max_tokens": 256,
    "gen_ai.usage.input_tokens": 120,
    "gen_ai.usage.output_tokens": 45,
    "gen_ai.usage.cost": 0.00057,
    "gen_ai.input.messages": JSON.stringify(INPUT_MESSAGES),
    "gen_ai.output.messages": JSON.stringify(OUTPUT_MESSAGES),
  });
  start("execute_tool get-weather", generation, 20, {
    "gen_ai.operation.name": "execute_tool",
    "gen_ai.tool.call.arguments": JSON.stringify(story.toolInput),
    "gen_ai.tool.call.result": JSON.stringify(story.toolOutput),
  }).end(after(400));
  generation.end(after(1510));
  const failed = start("book-flight", agent, 1600, { seats: 2, codes: ["LH", "716"] });
  failed.setStatus({ code: SpanStatusCode.ERROR, message: story.errorMessage });
  failed.recordException(new Error(story.errorMessage), after(1700));
  failed.end(after(1700));
  agent.end(after(2000));
  await provider.forceFlush();
  await provider.shutdown();
  return { traceId: agent.spanContext().traceId, ids };
}

for (const [client, Exporter, options] of [
  ["otel-js-json", JsonExporter, {}],
  ["otel-js-json-gzip", JsonExporter, { compression: "gzip" }],
  ["otel-js-protobuf", ProtobufExporter, {}],
]) {
  describe(client, () => {
    let traceId;
    let ids;
    let trace;
    let observations;

    before(async () => {
      ({ traceId, ids } = await send(Exporter, `user-${client}`, options));
      trace = await get(`traces/${traceId}`);
      observations = Object.fromEntries(trace.observations.map((one) => [one.id, one]));
    });

    test("the trace comes back field by field", () => {
      const { id, name, timestamp, userId, sessionId, environment, version, tags, input, output, latency, totalCost } = trace;
      assert.deepEqual(
        { id, name, timestamp, userId, sessionId, environment, version, tags, input, output, latency, totalCost },
        {
          id: traceId,
          name: story.traceName,
          timestamp: isoAfter(0),
          userId: `user-${client}`,
          sessionId: `session of user-${client}`,
          environment: story.environment,
          version: story.version,
          tags: ["otel", "weather"],
          input: story.question,
          output: story.answer,
          latency: 2,
          totalCost: 0.00057,
        },
      );
    });

    test("types, parents and times follow the spans", () => {
      const facts = Object.fromEntries(
        Object.entries(ids).map(([name, id]) => {
          const { type, parentObservationId, startTime, endTime } = observations[id];
          return [name, { type, parentObservationId, startTime, endTime }];
        }),
      );
      const agent = ids["invoke_agent travel"];
      const span = (type, parentObservationId, start, end) => ({
        type,
        parentObservationId,
        startTime: isoAfter(start),
        endTime: isoAfter(end),
      });
      assert.deepEqual(facts, {
        "invoke_agent travel": span("AGENT", null, 0, 2000),
        "chat gpt-4o-mini": span("GENERATION", agent, 10, 1510),
        "execute_tool get-weather": span("TOOL", ids["chat gpt-4o-mini"], 20, 400),
        "book-flight": span("SPAN", agent, 1600, 1700),
      });
    });

    test("the generation comes back field by field", () => {
      const { model, modelParameters, input, output, usageDetails, costDetails, level } = observations[ids["chat gpt-4o-mini"]];
      assert.deepEqual(
        { model, modelParameters, input, output, usageDetails, costDetails, level },
        {
          model: story.model,
          modelParameters: { temperature: 0.2, max_tokens: 256 },
          input: INPUT_MESSAGES,
          output: OUTPUT_MESSAGES,
          usageDetails: { input: 120, output: 45, total: 165 },
          costDetails: { total: 0.00057 },
          level: "DEFAULT",
        },
      );
    });

    test("the tool call comes back with arguments and result", () => {
      const { input, output } = observations[ids["execute_tool get-weather"]];
      assert.deepEqual({ input, output }, { input: story.toolInput, output: story.toolOutput });
    });

    test("an error status becomes level and message", () => {
      const { level, statusMessage, metadata } = observations[ids["book-flight"]];
      assert.deepEqual({ level, statusMessage }, { level: "ERROR", statusMessage: story.errorMessage });
      assert.equal(metadata.resourceAttributes["service.name"], "travel");
      assert.equal(metadata.scope.name, "travel-instrumentation");
    });

    test("published for the other readers", () => publish(client, traceId));
  });
}
