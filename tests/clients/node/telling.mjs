// Tells the story with the OpenTelemetry-based clients (fourth generation and later), whose observation calls are alike.

import { after, story } from "./story.mjs";

/** Observation name → type that the API must show. */
export const TYPES = {
  "travel-agent": "AGENT",
  "draft-answer": "GENERATION",
  "get-weather": "TOOL",
  "book-flight": "SPAN",
  confirmed: "EVENT",
};

/**
 * Tells the story through `startObservation` of the given client and returns the observations by name.
 * `onRoot` is called with the first observation while it is open.
 */
export function tell(startObservation, onRoot) {
  const start = (name, parent, at, attributes) =>
    startObservation(name, attributes, {
      asType: TYPES[name].toLowerCase(),
      startTime: after(at),
      parentSpanContext: parent?.otelSpan.spanContext(),
    });

  const agent = start("travel-agent", null, 0, { input: story.question, metadata: story.metadata });
  const generation = start("draft-answer", agent, 10, {
    input: story.chat,
    model: story.model,
    modelParameters: story.modelParameters,
    metadata: story.metadata,
  });
  const tool = start("get-weather", generation, 20, { input: story.toolInput, level: "DEBUG" });
  tool.update({ output: story.toolOutput }).end(after(400));
  generation
    .update({
      output: story.reply,
      completionStartTime: after(260),
      usageDetails: story.usage,
      costDetails: story.cost,
    })
    .end(after(1510));
  const failed = start("book-flight", agent, 1600, { input: story.errorInput });
  failed.update({ level: "ERROR", statusMessage: story.errorMessage }).end(after(1700));
  const event = start("confirmed", agent, 1800, { input: story.eventInput, level: "WARNING" });
  agent.update({ output: story.answer });
  onRoot(agent);
  agent.end(after(2000));
  return {
    "travel-agent": agent,
    "draft-answer": generation,
    "get-weather": tool,
    "book-flight": failed,
    confirmed: event,
  };
}

/** Throws when `actual` misses a key of `expected` or has another value there (OpenTelemetry adds keys of its own). */
export function assertContains(assert, actual, expected) {
  assert.deepEqual(Object.fromEntries(Object.keys(expected).map((key) => [key, actual[key]])), expected);
}
