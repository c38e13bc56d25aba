// What the JavaScript clients write alike from the fourth generation on. Each suite hands in its own client.

import { after, test } from "node:test";

import { writeComments } from "./comments.mjs";
import { get } from "./connection.mjs";
import { thrownBy } from "./generated.mjs";
import { writeModels } from "./models.mjs";
import { URI, check } from "./pictures.mjs";
import { writeScoreConfigs } from "./score_configs.mjs";
import { createScores } from "./scores.mjs";

/**
 * Writes what stands beside traces. `writeTrace` sends a trace of two observations and answers with their ids, `createScore` and
 * `readScore` are the methods for scores, and `end` ends what sends.
 */
export function writeBesideTraces({ name, langfuse, writeTrace, createScore, readScore, end }) {
  const { comments, scoreConfigs, models } = langfuse.api;
  const written = writeTrace();
  createScores({ name, written, create: createScore, read: readScore });
  writeComments({
    name,
    written,
    create: (body) => comments.create(body),
    read: (id) => comments.getById(id),
    list: (query) => comments.get(query),
    refusalOf: thrownBy,
  });
  writeScoreConfigs({
    name,
    create: (body) => scoreConfigs.create(body),
    read: (id) => scoreConfigs.getById(id),
    update: (id, body) => scoreConfigs.update(id, body),
    refusalOf: thrownBy,
  });
  writeModels({
    name,
    create: (body) => models.create(body),
    read: (id) => models.get(id),
    list: (query) => models.list(query),
    remove: (id) => models.delete(id),
    // Only the newest generation has it.
    upsert: models.upsert === undefined ? undefined : (id, body) => models.upsert(id, body),
    refusalOf: thrownBy,
  });
  after(async () => {
    await end();
    await langfuse.shutdown();
  });
}

/** Uploads a picture beside a trace; `processor` sends what `startObservation` begins. */
export function uploadPicture({ langfuse, processor, startObservation }) {
  test("a picture is uploaded and read back", async () => {
    const content = [{ type: "image_url", image_url: { url: URI } }];
    const generation = startObservation("look", { input: [{ role: "user", content }] }, { asType: "generation" });
    generation.end();
    await processor.forceFlush();
    const { input } = await get(`observations/${generation.id}`);
    const resolve = (obj) => langfuse.media.resolveReferences({ obj, resolveWith: "base64DataUri" });
    await check(input[0].content[0].image_url.url, resolve);
  });
}
