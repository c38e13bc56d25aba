// Reads what every other client wrote through the fifth generation's own API.

import { LangfuseClient } from "@langfuse/client";

import { readEveryTrace } from "../cross_read.mjs";

const langfuse = new LangfuseClient();

readEveryTrace((id) => langfuse.api.trace.get(id));
