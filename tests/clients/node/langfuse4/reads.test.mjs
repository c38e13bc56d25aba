// Asks every question that the fourth generation's own API can ask.

import { LangfuseClient } from "@langfuse/client";

import { generatedMethods, generatedParameters, thrownBy } from "../generated.mjs";
import { readEverything } from "../reads.mjs";

const langfuse = new LangfuseClient();

readEverything({
  generation: "javascript-4",
  client: langfuse,
  stranger: new LangfuseClient({ secretKey: "sk-lf-nobody-has-this-one" }),
  methods: generatedMethods(langfuse.api, "api"),
  parametersOf: (path) => generatedParameters(langfuse.api, path),
  pass: (method, names, parameters) => (names.length > 0 ? method(...names, parameters) : method(parameters)),
  refusalOf: thrownBy,
});
