// Asks every question that the fifth generation's own API can ask.

import { LangfuseClient } from "@langfuse/client";

import { askEverything } from "../reads.mjs";

askEverything("javascript-5", LangfuseClient);
