// Media through Langfuse's JavaScript clients of the fourth generation.

import { LangfuseClient } from "@langfuse/client";
import { LangfuseSpanProcessor } from "@langfuse/otel";
import { setLangfuseTracerProvider, startObservation } from "@langfuse/tracing";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

import { uploadPicture } from "../since_fourth.mjs";

const processor = new LangfuseSpanProcessor();
setLangfuseTracerProvider(new NodeTracerProvider({ spanProcessors: [processor] }));
uploadPicture({ langfuse: new LangfuseClient(), processor, startObservation });
