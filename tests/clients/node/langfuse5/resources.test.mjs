// What stands beside traces, written through the fifth generation's generated API.

import { after } from "node:test";

import { LangfuseClient } from "@langfuse/client";
import { LangfuseSpanProcessor } from "@langfuse/otel";
import { propagateAttributes, setLangfuseTracerProvider, startObservation } from "@langfuse/tracing";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

import { createScores } from "../scores.mjs";

const NAME = "js-5-resources";
const processor = new LangfuseSpanProcessor({ environment: "staging" });
const provider = new NodeTracerProvider({ spanProcessors: [processor] });
setLangfuseTracerProvider(provider);
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

createScores({
  name: NAME,
  writeTrace,
  create: (body) => langfuse.api.scores.create(body),
  read: (id) => langfuse.api.scores.getById(id),
});

after(async () => {
  await provider.shutdown();
  await langfuse.shutdown();
});
