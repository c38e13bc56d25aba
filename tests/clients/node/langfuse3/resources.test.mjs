// What stands beside traces, written through the third generation's generated functions.

import { after } from "node:test";

import { Langfuse } from "langfuse";

import { writeComments } from "../comments.mjs";
import { writeModels } from "../models.mjs";
import { writeScoreConfigs } from "../score_configs.mjs";
import { createScores } from "../scores.mjs";
import { refusalOf } from "./refusal.mjs";

const NAME = "js-3-resources";
const langfuse = new Langfuse({ environment: "staging" });

async function writeTrace() {
  const about = { userId: `user-${NAME}`, sessionId: `session-${NAME}`, tags: [NAME, "resources"] };
  const trace = langfuse.trace({ id: NAME, name: "resources", ...about });
  const step = trace.span({ id: `${NAME}-first`, name: "first" }).span({ id: `${NAME}-second`, name: "second" });
  await langfuse.flushAsync();
  return { traceId: trace.id, observationId: step.id, sessionId: about.sessionId };
}

const written = writeTrace();

createScores({
  name: NAME,
  written,
  create: (body) => langfuse.api.scoreCreate(body),
  read: (id) => langfuse.api.scoreV2GetById(id),
});

writeComments({
  name: NAME,
  written,
  create: (body) => langfuse.api.commentsCreate(body),
  read: (id) => langfuse.api.commentsGetById(id),
  list: (query) => langfuse.api.commentsGet(query),
  refusalOf,
});

writeScoreConfigs({
  name: NAME,
  create: (body) => langfuse.api.scoreConfigsCreate(body),
  read: (id) => langfuse.api.scoreConfigsGetById(id),
  refusalOf,
});

writeModels({
  name: NAME,
  create: (body) => langfuse.api.modelsCreate(body),
  read: (id) => langfuse.api.modelsGet(id),
  list: (query) => langfuse.api.modelsList(query),
  remove: (id) => langfuse.api.modelsDelete(id),
  refusalOf,
});

after(() => langfuse.shutdownAsync());
