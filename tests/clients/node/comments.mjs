// Comments on traces, observations and sessions, written and read through the generated API of the calling generation.

import assert from "node:assert/strict";
import { before, test } from "node:test";

import { PROJECT_ID } from "./connection.mjs";

/** Declares the tests; `create`, `read` and `list` are the generated methods, `refusalOf` tells what they threw. */
export function writeComments({ name, written: trace, create, read, list, refusalOf }) {
  const written = new Map();
  const comment = (objectType, objectId, content) => create({ projectId: PROJECT_ID, objectType, objectId, content });

  before(async () => {
    const { traceId, observationId, sessionId } = await trace;
    for (const [kind, objectId] of Object.entries({ TRACE: traceId, OBSERVATION: observationId, SESSION: sessionId })) {
      const { id } = await comment(kind, objectId, `${name} on ${kind}: größer 🚀`);
      written.set(kind, { id, objectId });
    }
  });

  for (const kind of ["TRACE", "OBSERVATION", "SESSION"]) {
    test(`a comment on a ${kind.toLowerCase()} comes back as it was written`, async () => {
      const { id, objectId } = written.get(kind);
      const { createdAt, updatedAt, ...held } = await read(id);
      const content = `${name} on ${kind}: größer 🚀`;
      assert.deepEqual(held, { id, projectId: PROJECT_ID, objectType: kind, objectId, content, authorUserId: null });
      assert.equal(createdAt, updatedAt);
      assert.deepEqual(
        (await list({ objectType: kind, objectId })).data.map((one) => one.id),
        [id],
      );
    });
  }

  test("a comment on what nobody wrote is refused, and so is an empty one", async () => {
    const { objectId } = written.get("SESSION");
    assert.equal((await refusalOf(() => comment("TRACE", "never-written", "lost"))).status, 404);
    assert.equal((await refusalOf(() => comment("SESSION", objectId, "   "))).status, 400);
  });
}
