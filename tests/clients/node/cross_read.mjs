// What one client wrote, another reads: every published trace through the API of the client that calls this.

import assert from "node:assert/strict";
import { test } from "node:test";

import { manifests } from "./connection.mjs";

/** Declares one test per published trace; `readTrace(id)` answers with the trace as the calling client reads it. */
export function readEveryTrace(readTrace) {
  for (const manifest of manifests()) {
    test(`reads the trace of ${manifest.client}`, async () => {
      const trace = await readTrace(manifest.trace.id);
      for (const [key, value] of Object.entries(manifest.trace)) assert.deepEqual(trace[key], value, key);
      const observations = Object.fromEntries(
        trace.observations.map(({ id, name, type, parentObservationId, level, statusMessage, model, usageDetails }) => [
          id,
          { name, type, parentObservationId, level, statusMessage, model, usageDetails },
        ]),
      );
      assert.deepEqual(observations, manifest.observations);
      const scores = Object.fromEntries(trace.scores.map((score) => [score.name, score.stringValue ?? score.value]));
      assert.deepEqual(scores, manifest.scores);
    });
  }
}
