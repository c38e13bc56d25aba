// What stands beside traces, written through the fourth generation's generated API.

import { LangfuseClient } from "@langfuse/client";
import { LangfuseSpanProcessor } from "@langfuse/otel";
import { setLangfuseTracerProvider, startObservation } from "@langfuse/tracing";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

import { writeBesideTraces } from "../since_fourth.mjs";

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

writeBesideTraces({
  name: NAME,
  langfuse,
  writeTrace,
  createScore: (body) => langfuse.api.score.create(body),
  readScore: (id) => langfuse.api.scoreV2.getById(id),
  end: () => provider.shutdown(),
});
