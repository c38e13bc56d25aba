// What stands beside traces, written through the fourth generation's generated API.

import { after } from "node:test";

import { LangfuseClient } from "@langfuse/client";
import { LangfuseSpanProcessor } from "@langfuse/otel";
import { setLangfuseTracerProvider, startObservation } from "@langfuse/tracing";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

import { createScores } from "../scores.mjs";

const NAME = "js-4-resources";
const processor = new LangfuseSpanProcessor({ environment: "staging" });
const provider = new NodeTracerProvider({ spanProcessors: [processor] });
setLangfuseTracerProvider(provider);
const langfuse = new LangfuseClient();

async function writeTrace() {
  const sessionId = `session-${NAME}`;
  const first = startObservation("first");
  first.updateTrace({ name: "resources", userId: `user-${NAME}`, sessionId, tags: [NAME, "resources"] });
  const second = first.startObservation("second");
  second.end();
  first.end();
  await processor.forceFlush();
  return { traceId: first.traceId, observationId: second.id, sessionId };
}

createScores({
  name: NAME,
  writeTrace,
  create: (body) => langfuse.api.score.create(body),
  read: (id) => langfuse.api.scoreV2.getById(id),
});

after(async () => {
  await provider.shutdown();
  await langfuse.shutdown();
});
