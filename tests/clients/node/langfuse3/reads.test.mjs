// Asks every question that the third generation's API can ask, through its generated functions and its own shorthands.

import { readFileSync } from "node:fs";

import { Langfuse } from "langfuse";

import { readEverything } from "../reads.mjs";
import { refusalOf } from "./refusal.mjs";

const langfuse = new Langfuse();
const DECLARED = readFileSync(new URL("node_modules/langfuse/lib/index.d.ts", import.meta.url), "utf8");

/** Returns the query parameters that the package declares for a generated function. */
function parametersOf(path) {
  const name = path.split(".")[1];
  const type = new RegExp(`^ +${name}: \\((?:\\{[^}]*\\}|query): (\\w+)`, "m").exec(DECLARED);
  if (type === null) return new Set();
  const body = new RegExp(`^interface ${type[1]} \\{\\n([^]*?)^\\}`, "m").exec(DECLARED)[1];
  return new Set([...body.matchAll(/^ {4}(\w+)\??:/gm)].map((match) => match[1]));
}

readEverything({
  generation: "javascript-3",
  client: langfuse,
  stranger: new Langfuse({ secretKey: "sk-lf-nobody-has-this-one" }),
  methods: Object.keys(langfuse.api).map((name) => `api.${name}`),
  parametersOf,
  pass: (method, names, parameters) => (names.length > 0 ? method(...names.map(encodeURIComponent)) : method(parameters)),
  refusalOf,
  throws: (path) => path.startsWith("api."),
});
