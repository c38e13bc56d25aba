// Langfuse's JavaScript clients of the fourth generation (OTLP as JSON): write the story and read it back through their own API.

import assert from "node:assert/strict";
import { after as afterAll, before, test } from "node:test";

import { LangfuseClient } from "@langfuse/client";
import { LangfuseSpanProcessor } from "@langfuse/otel";
import { createTraceId, setLangfuseTracerProvider, startActiveObservation, startObservation } from "@langfuse/tracing";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { context } from "@opentelemetry/api";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

import { HOST, PROJECT_ID, publish } from "../connection.mjs";
import { expectedObservations, isoAfter, observationFacts, story } from "../story.mjs";
import { TYPES, assertContains, tell } from "../telling.mjs";

const CLIENT = "js-langfuse-4";
const USER = "user-js-4";
const SESSION = "session-js-4";
const TAGS = ["js-4", "weather", "東京"];

const processor = new LangfuseSpanProcessor({ environment: story.environment, release: story.release });
const provider = new NodeTracerProvider({ spanProcessors: [processor] });
setLangfuseTracerProvider(provider);
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
const langfuse = new LangfuseClient();

let traceId;
let ids;
let expected;

before(async () => {
  const told = tell(startObservation, (agent) =>
    agent.updateTrace({
      name: story.traceName,
      userId: USER,
      sessionId: SESSION,
      version: story.version,
      input: story.chat,
      output: story.reply,
      metadata: story.traceMetadata,
      tags: TAGS,
      public: true,
    }),
  );
  traceId = told["travel-agent"].traceId;
  ids = Object.fromEntries(Object.entries(told).map(([name, one]) => [name, one.id]));
  expected = expectedObservations({ traceId, ids, types: TYPES, root: { version: story.version } });
  langfuse.score.trace(told["travel-agent"], { id: "js-4-helpfulness", name: "helpfulness", ...story.scores.helpfulness });
  langfuse.score.observation(told["draft-answer"], {
    id: "js-4-tone",
    name: "tone",
    value: "friendly",
    dataType: "CATEGORICAL",
    environment: story.environment,
    metadata: { judge: "human" },
  });
  langfuse.score.create({ id: "js-4-resolved", traceId, name: "resolved", value: 1, dataType: "BOOLEAN" });
  await processor.forceFlush();
  await langfuse.flush();
});

afterAll(async () => {
  await provider.shutdown();
  await langfuse.shutdown();
});

test("the keys name the project", async () => {
  const { data } = await langfuse.api.projects.get();
  assert.deepEqual(
    data.map((project) => project.id),
    [PROJECT_ID],
  );
  assert.equal((await langfuse.api.health.health()).status, "OK");
});

test("the trace comes back field by field", async () => {
  const trace = await langfuse.api.trace.get(traceId);
  const { id, name, userId, sessionId, version, release, environment, input, output, timestamp, htmlPath } = trace;
  assert.deepEqual(
    { id, name, userId, sessionId, version, release, environment, input, output, timestamp, htmlPath },
    {
      id: traceId,
      name: story.traceName,
      userId: USER,
      sessionId: SESSION,
      version: story.version,
      release: story.release,
      environment: story.environment,
      input: story.chat,
      output: story.reply,
      timestamp: isoAfter(0),
      htmlPath: `/project/${PROJECT_ID}/traces/${traceId}`,
    },
  );
  assert.deepEqual(trace.tags.toSorted(), TAGS.toSorted());
  assert.equal(trace.public, true);
  assert.equal(trace.latency, 2);
  assert.ok(Math.abs(trace.totalCost - story.costRead.total) < 1e-12);
  assertContains(assert, trace.metadata, story.traceMetadata);
});

test("its observations come back field by field", async () => {
  const trace = await langfuse.api.trace.get(traceId);
  const read = Object.fromEntries(trace.observations.map((view) => [view.name, observationFacts(view)]));
  assert.deepEqual(read, expected);
});

test("metadata comes back with nested values", async () => {
  const view = await langfuse.api.observations.get(ids["draft-answer"]);
  assertContains(assert, view.metadata, story.metadata);
});

test("one observation comes back alone, with the old usage fields", async () => {
  const view = await langfuse.api.observations.get(ids["draft-answer"]);
  assert.deepEqual(observationFacts(view), expected["draft-answer"]);
  assert.deepEqual(view.usage, { unit: "TOKENS", input: 150, output: 45, total: 195 });
  assert.deepEqual([view.latency, view.timeToFirstToken], [1.5, 0.25]);
});

test("scores come back with the trace and alone", async () => {
  const trace = await langfuse.api.trace.get(traceId);
  const facts = trace.scores
    .map(({ id, name, dataType, value, stringValue, comment, observationId }) => [
      id,
      name,
      dataType,
      value,
      stringValue ?? null,
      comment,
      observationId,
    ])
    .sort();
  assert.deepEqual(facts, [
    ["js-4-helpfulness", "helpfulness", "NUMERIC", 0.75, null, "clear, but short", null],
    ["js-4-resolved", "resolved", "BOOLEAN", 1, "True", null, null],
    ["js-4-tone", "tone", "CATEGORICAL", 0, "friendly", null, ids["draft-answer"]],
  ]);
  const tone = await langfuse.api.scoreV2.getById("js-4-tone");
  assert.deepEqual([tone.environment, tone.metadata, tone.source], [story.environment, { judge: "human" }, "API"]);
  const listed = await langfuse.api.scoreV2.get({ traceId, dataType: "BOOLEAN" });
  assert.deepEqual(
    listed.data.map((score) => [score.id, score.trace.userId]),
    [["js-4-resolved", USER]],
  );
});

for (const [title, query] of Object.entries({
  user: { userId: USER },
  session: { sessionId: SESSION },
  "all tags": { tags: TAGS },
  "environments and tag": { tags: "js-4", environment: ["production", story.environment] },
  "name, version and release": { name: story.traceName, userId: USER, version: story.version, release: story.release },
  time: { userId: USER, fromTimestamp: isoAfter(0), toTimestamp: isoAfter(1) },
})) {
  test(`the trace list filters by ${title}`, async () => {
    const page = await langfuse.api.trace.list(query);
    assert.deepEqual(
      page.data.map((trace) => trace.id),
      [traceId],
    );
    assert.deepEqual(page.meta, { page: 1, limit: 50, totalItems: 1, totalPages: 1 });
    assert.deepEqual(page.data[0].observations.toSorted(), Object.values(ids).toSorted());
  });
}

for (const [title, query, found] of [
  ["trace", {}, Object.keys(TYPES)],
  ["type", { type: "TOOL" }, ["get-weather"]],
  ["level", { level: "ERROR" }, ["book-flight"]],
  ["name", { name: "draft-answer" }, ["draft-answer"]],
  ["time", { fromStartTime: isoAfter(20), toStartTime: isoAfter(1800) }, ["book-flight", "get-weather"]],
]) {
  test(`both observation lists filter by ${title}`, async () => {
    const first = await langfuse.api.observations.getMany({ traceId, ...query });
    assert.deepEqual(first.data.map((view) => view.name).toSorted(), found.toSorted());
    const second = await langfuse.api.observationsV2.getMany({ traceId, fields: "core,basic", ...query });
    assert.deepEqual(second.data.map((view) => view.name).toSorted(), found.toSorted());
  });
}

test("the second observations API hands out stored text", async () => {
  const { data } = await langfuse.api.observationsV2.getMany({
    traceId,
    type: "GENERATION",
    fields: "core,basic,time,io,metadata,model,usage,trace_context",
  });
  const [view] = data;
  assert.deepEqual([JSON.parse(view.input), JSON.parse(view.output)], [story.chat, story.reply]);
  assert.deepEqual(view.usageDetails, story.usageRead);
  assert.deepEqual([view.userId, view.sessionId, view.traceName], [USER, SESSION, story.traceName]);
  assertContains(assert, view.metadata, story.metadata);
});

test("the session is listed and holds the trace", async () => {
  const page = await langfuse.api.sessions.list({ limit: 100 });
  assert.ok(page.data.some((session) => session.id === SESSION));
  const session = await langfuse.api.sessions.get(SESSION);
  assert.deepEqual(
    session.traces.map((trace) => trace.id),
    [traceId],
  );
});

test("an unknown trace is refused as not found", async () => {
  await assert.rejects(langfuse.api.trace.get("0123456789abcdef0123456789abcdef"), { statusCode: 404 });
});

test("the trace's link points into this server", async () => {
  assert.equal(await langfuse.getTraceUrl(traceId), `${HOST}/project/${PROJECT_ID}/traces/${traceId}`);
});

test("a trace continued from elsewhere keeps its id, its name, input and output", async () => {
  const continued = await createTraceId("js-4-continued");
  await startActiveObservation(
    "continued",
    (span) => {
      span.update({ input: { step: 1 }, output: { done: true } });
    },
    { parentSpanContext: { traceId: continued, spanId: "0123456789abcdef", traceFlags: 1 } },
  );
  await processor.forceFlush();
  const { data } = await langfuse.api.observations.getMany({ traceId: continued });
  assert.deepEqual(
    data.map(({ name, input, output }) => ({ name, input, output })),
    [{ name: "continued", input: { step: 1 }, output: { done: true } }],
  );
});

test("deleted traces and scores are gone at once", async () => {
  const traces = await Promise.all(["one", "two", "three"].map((name) => createTraceId(`js-4-deleted-${name}`)));
  for (const id of traces) {
    const parentSpanContext = { traceId: id, spanId: "0123456789abcdef", traceFlags: 1 };
    await startActiveObservation("deleted", () => {}, { parentSpanContext });
    langfuse.score.create({ id: `score-${id}`, traceId: id, name: "doubtful", value: 0 });
  }
  await processor.forceFlush();
  await langfuse.flush();
  const count = async (traceId) => (await langfuse.api.observations.getMany({ traceId })).data.length;
  assert.deepEqual(await Promise.all(traces.map(count)), [1, 1, 1]);
  await langfuse.api.score.delete(`score-${traces[0]}`);
  assert.deepEqual((await langfuse.api.trace.get(traces[0])).scores, []);
  assert.equal((await langfuse.api.trace.get(traces[1])).scores.length, 1);
  assert.equal((await langfuse.api.trace.delete(traces[0])).message, "Trace deleted successfully");
  const { message } = await langfuse.api.trace.deleteMultiple({ traceIds: traces.slice(1) });
  assert.equal(message, "Traces deleted successfully");
  assert.deepEqual(await Promise.all(traces.map(count)), [0, 0, 0]);
  await assert.rejects(langfuse.api.trace.get(traces[0]), { statusCode: 404 });
});

test("published for the other readers", () => publish(CLIENT, traceId));
