// Langfuse's JavaScript client of the third generation (JSON batches): writes the story and reads it back through its own API.

import assert from "node:assert/strict";
import { after as afterAll, before, test } from "node:test";

import { Langfuse, observeOpenAI } from "langfuse";

import { HOST, PROJECT_ID, publish } from "../connection.mjs";
import { after, expectedObservations, isoAfter, observationFacts, story } from "../story.mjs";

const CLIENT = "js-langfuse-3";
// This client puts ids into paths unescaped, so no slash here.
const TRACE_ID = "js-3: plan a trip";
const USER = "user-js-3";
const SESSION = "session-js-3";
const TAGS = ["js-3", "weather", "東京"];
const IDS = {
  "travel-agent": "js-3-agent",
  "draft-answer": "js-3-generation",
  "get-weather": "js-3-tool",
  "book-flight": "js-3-error",
  confirmed: "js-3-event",
};
const TYPES = {
  "travel-agent": "SPAN",
  "draft-answer": "GENERATION",
  "get-weather": "SPAN",
  "book-flight": "SPAN",
  confirmed: "EVENT",
};
const EXPECTED = expectedObservations({ traceId: TRACE_ID, ids: IDS, types: TYPES, eventEnd: null });

const langfuse = new Langfuse({ environment: story.environment, release: story.release });
const failures = [];
langfuse.on("error", (error) => failures.push(error));

before(async () => {
  const trace = langfuse.trace({
    id: TRACE_ID,
    name: story.traceName,
    userId: USER,
    sessionId: SESSION,
    version: story.version,
    input: story.question,
    metadata: story.metadata,
    tags: TAGS,
    timestamp: after(0),
    public: true,
  });
  const agent = trace.span({
    id: IDS["travel-agent"],
    name: "travel-agent",
    startTime: after(0),
    input: story.question,
    metadata: story.metadata,
  });
  const generation = agent.generation({
    id: IDS["draft-answer"],
    name: "draft-answer",
    startTime: after(10),
    input: story.chat,
    model: story.model,
    modelParameters: story.modelParameters,
    metadata: { attempt: 1 },
  });
  const tool = generation.span({
    id: IDS["get-weather"],
    name: "get-weather",
    startTime: after(20),
    input: story.toolInput,
    level: "DEBUG",
  });
  const failed = agent.span({
    id: IDS["book-flight"],
    name: "book-flight",
    startTime: after(1600),
    input: story.errorInput,
  });
  agent.event({
    id: IDS.confirmed,
    name: "confirmed",
    startTime: after(1800),
    input: story.eventInput,
    level: "WARNING",
  });
  // Time passes between the beginning of a thing and its end, so they travel in different batches.
  await langfuse.flushAsync();
  tool.update({ output: story.toolOutput, endTime: after(400) });
  generation.update({
    output: story.reply,
    endTime: after(1510),
    completionStartTime: after(260),
    usageDetails: story.usage,
    costDetails: story.cost,
    metadata: { finish: "stop" },
  });
  failed.update({ level: "ERROR", statusMessage: story.errorMessage, endTime: after(1700) });
  agent.update({ output: story.answer, endTime: after(2000) });
  trace.update({ output: story.answer, public: true });
  trace.score({ id: "js-3-helpfulness", name: "helpfulness", ...story.scores.helpfulness });
  generation.score({ id: "js-3-tone", name: "tone", value: "friendly", dataType: "CATEGORICAL" });
  trace.score({ id: "js-3-resolved", name: "resolved", value: 1, dataType: "BOOLEAN" });
  await langfuse.flushAsync();
});

afterAll(() => langfuse.shutdownAsync());

test("no batch was refused", () => assert.deepEqual(failures, []));

test("the trace comes back field by field", async () => {
  const { data: trace } = await langfuse.fetchTrace(TRACE_ID);
  const { id, name, userId, sessionId, version, release, environment, tags, input, output, metadata, timestamp } = trace;
  assert.deepEqual(
    { id, name, userId, sessionId, version, release, environment, tags, input, output, metadata, timestamp },
    {
      id: TRACE_ID,
      name: story.traceName,
      userId: USER,
      sessionId: SESSION,
      version: story.version,
      release: story.release,
      environment: story.environment,
      tags: TAGS.toSorted(),
      input: story.question,
      output: story.answer,
      metadata: story.metadata,
      timestamp: isoAfter(0),
    },
  );
  assert.equal(trace.public, true);
  assert.equal(trace.latency, 2);
  assert.ok(Math.abs(trace.totalCost - story.costRead.total) < 1e-12);
  assert.equal(trace.htmlPath, `/project/${PROJECT_ID}/traces/${encodeURIComponent(TRACE_ID)}`);
});

test("its observations come back field by field", async () => {
  const { data: trace } = await langfuse.fetchTrace(TRACE_ID);
  assert.deepEqual(
    Object.fromEntries(trace.observations.map((view) => [view.name, observationFacts(view)])),
    EXPECTED,
  );
});

test("metadata of an update is merged into the first", async () => {
  assert.deepEqual((await langfuse.fetchObservation(IDS["travel-agent"])).data.metadata, story.metadata);
  assert.deepEqual((await langfuse.fetchObservation(IDS["draft-answer"])).data.metadata, { attempt: 1, finish: "stop" });
});

test("one observation comes back alone, with the old usage fields", async () => {
  const { data: view } = await langfuse.fetchObservation(IDS["draft-answer"]);
  assert.deepEqual(observationFacts(view), EXPECTED["draft-answer"]);
  assert.deepEqual(view.usage, { unit: "TOKENS", input: 150, output: 45, total: 195 });
  assert.deepEqual([view.promptTokens, view.completionTokens, view.totalTokens], [150, 45, 195]);
  assert.deepEqual([view.latency, view.timeToFirstToken], [1.5, 0.25]);
});

test("scores come back with the trace", async () => {
  const { data: trace } = await langfuse.fetchTrace(TRACE_ID);
  const facts = trace.scores
    .map(({ id, name, dataType, value, stringValue, comment, observationId }) => ({
      id,
      name,
      dataType,
      value,
      stringValue,
      comment,
      observationId,
    }))
    .sort((one, other) => one.id.localeCompare(other.id));
  assert.deepEqual(facts, [
    {
      id: "js-3-helpfulness",
      name: "helpfulness",
      dataType: "NUMERIC",
      value: 0.75,
      stringValue: null,
      comment: "clear, but short",
      observationId: null,
    },
    {
      id: "js-3-resolved",
      name: "resolved",
      dataType: "BOOLEAN",
      value: 1,
      stringValue: "True",
      comment: null,
      observationId: null,
    },
    {
      id: "js-3-tone",
      name: "tone",
      dataType: "CATEGORICAL",
      value: 0,
      stringValue: "friendly",
      comment: null,
      observationId: IDS["draft-answer"],
    },
  ]);
});

for (const [title, query] of Object.entries({
  user: { userId: USER },
  session: { sessionId: SESSION },
  tag: { tags: ["js-3"] },
  "all tags": { tags: TAGS },
  "name and user": { name: story.traceName, userId: USER },
  time: { userId: USER, fromTimestamp: isoAfter(0), toTimestamp: isoAfter(1) },
})) {
  test(`the trace list filters by ${title}`, async () => {
    const page = await langfuse.fetchTraces(query);
    assert.deepEqual(
      page.data.map((trace) => trace.id),
      [TRACE_ID],
    );
    assert.deepEqual(page.meta, { page: 1, limit: 50, totalItems: 1, totalPages: 1 });
    assert.deepEqual(page.data[0].observations.toSorted(), Object.values(IDS).toSorted());
  });
}

test("the trace list excludes what lies outside the bounds of time", async () => {
  assert.deepEqual((await langfuse.fetchTraces({ userId: USER, fromTimestamp: isoAfter(1) })).data, []);
  assert.deepEqual((await langfuse.fetchTraces({ userId: USER, toTimestamp: isoAfter(0) })).data, []);
});

for (const [title, query, found] of [
  ["trace", {}, Object.keys(IDS)],
  ["type", { type: "GENERATION" }, ["draft-answer"]],
  ["name", { name: "get-weather" }, ["get-weather"]],
  ["parent", { parentObservationId: IDS["draft-answer"] }, ["get-weather"]],
  ["time", { fromStartTime: isoAfter(20), toStartTime: isoAfter(1800) }, ["get-weather", "book-flight"]],
]) {
  test(`the observation list filters by ${title}`, async () => {
    const page = await langfuse.fetchObservations({ traceId: TRACE_ID, ...query });
    assert.deepEqual(page.data.map((view) => view.name).toSorted(), found.toSorted());
    assert.equal(page.meta.totalItems, found.length);
  });
}

test("the session is listed", async () => {
  const page = await langfuse.fetchSessions({ limit: 100 });
  const session = page.data.find((one) => one.id === SESSION);
  assert.deepEqual([session.projectId, session.environment], [PROJECT_ID, story.environment]);
});

test("a score for a session arrives", async () => {
  langfuse.score({ id: "js-3-session", sessionId: SESSION, name: "satisfaction", value: 0.5 });
  await langfuse.flushAsync();
  assert.deepEqual(failures, []);
});

test("an unknown trace answers with JSON that this client can log", async () => {
  const answer = await langfuse.fetchTrace("no-such-trace");
  assert.equal(answer.data?.error ?? answer.error, "LangfuseNotFoundError");
});

test("the trace's link points into this server", () => {
  const url = langfuse.trace({ id: TRACE_ID }).getTraceUrl();
  assert.equal(url, `${HOST}/trace/${TRACE_ID}`);
});

test("a wrapped OpenAI call arrives as a generation", async () => {
  const completion = {
    id: "chatcmpl-1",
    model: story.model,
    choices: [{ index: 0, message: story.reply, finish_reason: "stop" }],
    usage: { prompt_tokens: 12, completion_tokens: 5, total_tokens: 17 },
  };
  const openai = { chat: { completions: { create: async () => completion } } };
  const wrapped = observeOpenAI(openai, { generationName: "wrapped", userId: `${USER}-wrapped` });
  await wrapped.chat.completions.create({ model: story.model, messages: story.chat, temperature: 0.2 });
  await wrapped.flushAsync();

  const { data: traces } = await langfuse.fetchTraces({ userId: `${USER}-wrapped` });
  const { data: views } = await langfuse.fetchObservations({ traceId: traces[0].id });
  assert.deepEqual(
    views.map(({ name, type, model, input, output, usageDetails }) => ({ name, type, model, input, output, usageDetails })),
    [
      {
        name: "wrapped",
        type: "GENERATION",
        model: story.model,
        input: { messages: story.chat },
        output: story.reply,
        usageDetails: { input: 12, output: 5, total: 17 },
      },
    ],
  );
});

test("published for the other readers", () => publish(CLIENT, TRACE_ID));
