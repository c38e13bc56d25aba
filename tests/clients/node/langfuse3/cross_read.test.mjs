// Reads what every other client wrote through the third generation's own API.

import { Langfuse } from "langfuse";

import { readEveryTrace } from "../cross_read.mjs";

const langfuse = new Langfuse();

readEveryTrace(async (id) => (await langfuse.fetchTrace(encodeURIComponent(id))).data);
