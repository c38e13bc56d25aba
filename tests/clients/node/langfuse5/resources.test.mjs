// What stands beside traces, written through the fifth generation's generated API.

import { LangfuseClient } from "@langfuse/client";
import { LangfuseSpanProcessor } from "@langfuse/otel";
import { propagateAttributes, setLangfuseTracerProvider, startObservation } from "@langfuse/tracing";
import { context } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

import { writeBesideTraces } from "../since_fourth.mjs";

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

writeBesideTraces({
  name: NAME,
  langfuse,
  writeTrace,
  createScore: (body) => langfuse.api.scores.create(body),
  readScore: (id) => langfuse.api.scores.getById(id),
  end: () => provider.shutdown(),
});
