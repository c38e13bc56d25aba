// What every framework is asked (a question about the weather, with a tool to answer it), and how its traces are looked at.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export const QUESTION = "Where is it sunny? ☔";
export const INSTRUCTIONS = "You are a travel agent.";
export const CHAT = [
  { role: "system", content: INSTRUCTIONS },
  { role: "user", content: QUESTION },
];
export const MODEL = "gpt-4o-mini";
export const REASONING_MODEL = "gpt-5-mini";
export const MISSING_MODEL = "gpt-unknown";
export const SENTENCE = "It is sunny in 東京: take good shoes, no umbrella ☂.";
export const WEATHER_TOOL = {
  type: "function",
  function: {
    name: "get_weather",
    description: "Tells the weather.",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
};

const GOLDEN = fileURLToPath(new URL("../../python/golden.py", import.meta.url));

/** Compares a trace with its golden file; the comparison itself is the Python suites'. */
export function checkGolden(name, traceId) {
  const { status, stderr } = spawnSync("python3", [GOLDEN, name, traceId], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
}
