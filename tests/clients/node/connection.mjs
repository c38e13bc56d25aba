// The server under test: its address and keys, plain HTTP reads, and the manifests that hand a trace to the other readers.

import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const HOST = process.env.LANGFUSE_HOST;
export const PUBLIC_KEY = process.env.LANGFUSE_PUBLIC_KEY;
export const SECRET_KEY = process.env.LANGFUSE_SECRET_KEY;
export const PROJECT_ID = process.env.LANGFUSE_INIT_PROJECT_ID;
export const AUTHORIZATION = `Basic ${Buffer.from(`${PUBLIC_KEY}:${SECRET_KEY}`).toString("base64")}`;
export const OTLP_TRACES = `${HOST}/api/public/otel/v1/traces`;

const MANIFESTS = process.env.SPANSTONE_MANIFESTS;

/** Returns the JSON answer of `GET /api/public/<path>`; a status other than 2xx throws with the server's text. */
export async function get(path, query = {}) {
  const url = `${HOST}/api/public/${path}?${new URLSearchParams(query)}`;
  const answer = await fetch(url, { headers: { Authorization: AUTHORIZATION } });
  if (!answer.ok) throw new Error(`GET ${url} answered ${answer.status}: ${await answer.text()}`);
  return answer.json();
}

const pick = (value, keys) => Object.fromEntries(keys.map((key) => [key, value[key]]));

/** Writes what the trace must look like to every other reader; called after the suite's own assertions. */
export async function publish(client, traceId) {
  const trace = await get(`traces/${encodeURIComponent(traceId)}`);
  const manifest = {
    client,
    suite: process.env.SPANSTONE_SUITE,
    trace: pick(trace, ["id", "name", "userId", "sessionId", "tags", "environment"]),
    observations: Object.fromEntries(
      trace.observations.map((one) => [
        one.id,
        pick(one, ["name", "type", "parentObservationId", "level", "statusMessage", "model", "usageDetails"]),
      ]),
    ),
    scores: Object.fromEntries(trace.scores.map((score) => [score.name, score.stringValue ?? score.value])),
  };
  mkdirSync(MANIFESTS, { recursive: true });
  writeFileSync(join(MANIFESTS, `${client}.json`), JSON.stringify(manifest, null, 1));
}

/** Returns the published traces of all clients. */
export function manifests() {
  return readdirSync(MANIFESTS)
    .sort()
    .map((file) => JSON.parse(readFileSync(join(MANIFESTS, file), "utf8")));
}
