// What stands beside traces, written through the third generation's generated functions.

import { after } from "node:test";

import { Langfuse } from "langfuse";

import { createScores } from "../scores.mjs";

const NAME = "js-3-resources";
const langfuse = new Langfuse({ environment: "staging" });

async function writeTrace() {
  const about = { userId: `user-${NAME}`, sessionId: `session-${NAME}`, tags: [NAME, "resources"] };
  const trace = langfuse.trace({ id: NAME, name: "resources", ...about });
  const step = trace.span({ id: `${NAME}-first`, name: "first" }).span({ id: `${NAME}-second`, name: "second" });
  await langfuse.flushAsync();
  return { traceId: trace.id, observationId: step.id, sessionId: about.sessionId };
}

createScores({
  name: NAME,
  writeTrace,
  create: (body) => langfuse.api.scoreCreate(body),
  read: (id) => langfuse.api.scoreV2GetById(id),
});

after(() => langfuse.shutdownAsync());
