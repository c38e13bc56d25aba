// What stands beside traces, written through the fifth generation's generated API.

import { after } from "node:test";

import { LangfuseClient } from "@langfuse/client";
import { LangfuseSpanProcessor } from "@langfuse/otel";
import { propagateAttributes, setLangfuseTracerProvider, startObservation } from "@langfuse/tracing";
import { context } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

import { writeComments } from "../comments.mjs";
import { thrownBy } from "../generated.mjs";
import { writeModels } from "../models.mjs";
import { writeScoreConfigs } from "../score_configs.mjs";
import { createScores } from "../scores.mjs";

const NAME = "js-5-resources";
const processor = new LangfuseSpanProcessor({ environment: "staging" });
const provider = new NodeTracerProvider({ spanProcessors: [processor] });
setLangfuseTracerProvider(provider);
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
const langfuse = new LangfuseClient();

async function writeTrace() {
  const sessionId = `session-${NAME}`;
  const about = { traceName: "resources", userId: `user-${NAME}`, sessionId, tags: [NAME, "resources"] };
  const told = propagateAttributes(about, () => {
    const first = startObservation("first");
    const second = first.startObservation("second");
    second.end();
    first.end();
    return { traceId: first.traceId, observationId: second.id };
  });
  await processor.forceFlush();
  return { ...told, sessionId };
}

const written = writeTrace();

createScores({
  name: NAME,
  written,
  create: (body) => langfuse.api.scores.create(body),
  read: (id) => langfuse.api.scores.getById(id),
});

writeComments({
  name: NAME,
  written,
  create: (body) => langfuse.api.comments.create(body),
  read: (id) => langfuse.api.comments.getById(id),
  list: (query) => langfuse.api.comments.get(query),
  refusalOf: thrownBy,
});

writeScoreConfigs({
  name: NAME,
  create: (body) => langfuse.api.scoreConfigs.create(body),
  read: (id) => langfuse.api.scoreConfigs.getById(id),
  update: (id, body) => langfuse.api.scoreConfigs.update(id, body),
  refusalOf: thrownBy,
});

writeModels({
  name: NAME,
  create: (body) => langfuse.api.models.create(body),
  read: (id) => langfuse.api.models.get(id),
  list: (query) => langfuse.api.models.list(query),
  remove: (id) => langfuse.api.models.delete(id),
  upsert: (id, body) => langfuse.api.models.upsert(id, body),
  refusalOf: thrownBy,
});

after(async () => {
  await provider.shutdown();
  await langfuse.shutdown();
});
