// Media through Langfuse's JavaScript clients of generation 4.

import { test } from "node:test";

import { LangfuseClient } from "@langfuse/client";
import { LangfuseSpanProcessor } from "@langfuse/otel";
import { setLangfuseTracerProvider, startObservation } from "@langfuse/tracing";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

import { get } from "../connection.mjs";
import { URI, check } from "../pictures.mjs";

test("a picture is uploaded and read back", async () => {
  const processor = new LangfuseSpanProcessor();
  setLangfuseTracerProvider(new NodeTracerProvider({ spanProcessors: [processor] }));
  const langfuse = new LangfuseClient();
  const content = [{ type: "image_url", image_url: { url: URI } }];
  const generation = startObservation("look", { input: [{ role: "user", content }] }, { asType: "generation" });
  generation.end();
  await processor.forceFlush();
  const { input } = await get(`observations/${generation.id}`);
  const resolve = (obj) => langfuse.media.resolveReferences({ obj, resolveWith: "base64DataUri" });
  await check(input[0].content[0].image_url.url, resolve);
});
