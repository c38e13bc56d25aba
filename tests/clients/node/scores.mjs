// Scores of every type and on everything that can be scored, created through the generated API of the calling generation.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";

const SCORES = JSON.parse(readFileSync(new URL("../scores.json", import.meta.url), "utf8"));
const ENVIRONMENT = "staging";

/**
 * Declares the tests. `name` begins all ids; `written` are the ids of a trace, an observation and their session;
 * `create(body)` creates a score, `read(id)` reads it through the second scores API.
 */
export function createScores({ name, written, create, read }) {
  const given = new Map();

  before(async () => {
    const { traceId, observationId, sessionId } = await written;
    const targets = {
      trace: { traceId },
      observation: { traceId, observationId },
      "unknown trace": { traceId: `${name}-unknown` },
      session: { sessionId },
      "dataset run": { datasetRunId: `run-${name}` },
    };
    for (const [number, { target, shown, ...score }] of SCORES.entries()) {
      const body = { id: `${name}-score-${number}`, environment: ENVIRONMENT, ...score, ...targets[target] };
      given.set(number, body);
      await create(body);
    }
  });

  for (const [number, score] of SCORES.entries()) {
    test(`a ${score.dataType} score of a ${score.target} comes back as it was sent (${number})`, async () => {
      const body = given.get(number);
      const held = await read(body.id);
      for (const key of ["id", "name", "dataType", "environment"]) assert.equal(held[key], body[key], key);
      for (const key of ["comment", "queueId", "traceId", "observationId", "sessionId", "datasetRunId"]) {
        assert.equal(held[key] ?? null, body[key] ?? null, key);
      }
      assert.deepEqual([held.source, held.metadata], [body.source ?? "API", body.metadata ?? {}]);
      if (typeof body.value === "string") assert.equal(held.stringValue, body.value);
      else assert.equal(held.value, body.value);
    });
  }
}
