// Media through Langfuse's JavaScript client of the third generation.

import { test } from "node:test";

import { Langfuse, LangfuseMedia } from "langfuse";

import { get } from "../connection.mjs";
import { PNG, URI, check } from "../pictures.mjs";

test("a picture is uploaded and read back", async () => {
  const langfuse = new Langfuse();
  const picture = new LangfuseMedia({ contentBytes: PNG, contentType: "image/png" });
  // The client loads what it hashes with in the background, and drops media that come before that.
  while (picture.contentSha256Hash === undefined) await new Promise((resolve) => setImmediate(resolve));
  const trace = langfuse.trace({ name: "js-3: a picture" });
  const generation = trace.generation({ name: "look", input: { picture, url: URI } });
  await langfuse.flushAsync();
  const { input } = await get(`observations/${generation.id}`);
  const resolve = (obj) => langfuse.resolveMediaReferences({ obj, resolveWith: "base64DataUri" });
  await check(input.picture, resolve);
  await check(input.url, resolve);
  await langfuse.shutdownAsync();
});
