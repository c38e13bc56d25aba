// Asks every question that the fourth generation's own API can ask.

import { LangfuseClient } from "@langfuse/client";

import { askEverything } from "../reads.mjs";

askEverything("javascript-4", LangfuseClient);
