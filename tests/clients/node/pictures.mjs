// A picture on its way through a Langfuse client: uploaded beside the trace, referred to in its payload, and read back.

import assert from "node:assert/strict";

import { get } from "./connection.mjs";

// One transparent pixel.
const BASE64 =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
export const PNG = Buffer.from(BASE64, "base64");
export const URI = `data:image/png;base64,${BASE64}`;
const REFERENCE = /^@@@langfuseMedia:type=image\/png\|id=([A-Za-z0-9_-]{22})\|source=(?:bytes|base64_data_uri)@@@$/;

/** Asserts that `token` refers to the picture and that `resolve` turns the reference back into it. */
export async function check(token, resolve) {
  const [, id] = REFERENCE.exec(token) ?? [];
  assert.ok(id, `no reference: ${token}`);
  const known = await get(`media/${id}`);
  assert.deepEqual([known.contentType, known.contentLength], ["image/png", PNG.length]);
  const content = Buffer.from(await (await fetch(known.url)).arrayBuffer());
  assert.ok(content.equals(PNG));
  assert.deepEqual(await resolve({ picture: token }), { picture: URI });
}
