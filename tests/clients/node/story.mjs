// The one story every client tells (see ../story.json), and what each observation of it must look like when read back.

import { readFileSync } from "node:fs";

export const story = JSON.parse(readFileSync(new URL("../story.json", import.meta.url), "utf8"));

/** The moment the told trip begins; suites count milliseconds from here. */
export const START = Date.parse("2026-11-21T09:30:00.123Z");

/** Returns the moment `milliseconds` after the start, as a Date. */
export const after = (milliseconds) => new Date(START + milliseconds);

/** Returns the moment `milliseconds` after the start, as the API writes it. */
export const isoAfter = (milliseconds) => after(milliseconds).toISOString();

const PLAIN_OBSERVATION = {
  parentObservationId: null,
  level: "DEFAULT",
  statusMessage: null,
  version: null,
  environment: story.environment,
  model: null,
  modelParameters: null,
  input: null,
  output: null,
  usageDetails: {},
  costDetails: {},
  completionStartTime: null,
};

/** Returns a whole observation: `fields` over the values of an observation that carries nothing. */
export const expectedObservation = (fields) => ({ ...PLAIN_OBSERVATION, ...fields });

/** Returns the compared fields of an observation as the first observations API shows it. */
export function observationFacts(view) {
  const keys = ["id", "traceId", "name", "type", "startTime", "endTime", ...Object.keys(PLAIN_OBSERVATION)];
  return Object.fromEntries(keys.map((key) => [key, view[key]]));
}

/**
 * Returns the story's observations, whole and by name, for a client whose observation types and ids are given.
 * `root` holds fields of the first one alone, `everywhere` those that all of them carry. A client that has no
 * end for events passes `eventEnd: null`.
 */
export function expectedObservations({ traceId, ids, types, root = {}, everywhere = {}, eventEnd = 1800 }) {
  const whole = (name, parent, [start, end], fields) =>
    expectedObservation({
      id: ids[name],
      traceId,
      name,
      type: types[name],
      parentObservationId: parent === null ? null : ids[parent],
      startTime: isoAfter(start),
      endTime: end === null ? null : isoAfter(end),
      ...everywhere,
      ...fields,
    });
  return {
    "travel-agent": whole("travel-agent", null, [0, 2000], { input: story.question, output: story.answer, ...root }),
    "draft-answer": whole("draft-answer", "travel-agent", [10, 1510], {
      input: story.chat,
      output: story.reply,
      model: story.model,
      modelParameters: story.modelParameters,
      usageDetails: story.usageRead,
      costDetails: story.costRead,
      completionStartTime: isoAfter(260),
    }),
    "get-weather": whole("get-weather", "draft-answer", [20, 400], {
      input: story.toolInput,
      output: story.toolOutput,
      level: "DEBUG",
    }),
    "book-flight": whole("book-flight", "travel-agent", [1600, 1700], {
      input: story.errorInput,
      level: "ERROR",
      statusMessage: story.errorMessage,
    }),
    confirmed: whole("confirmed", "travel-agent", [1800, eventEnd], {
      input: story.eventInput,
      level: "WARNING",
    }),
  };
}
