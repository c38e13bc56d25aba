// Every question of `tests/clients/questions`, asked through every method with which the calling generation can ask it.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { differences } from "./compare.mjs";
import { generatedMethods, generatedParameters, thrownBy } from "./generated.mjs";

const TABLE = JSON.parse(readFileSync(new URL("../endpoints.json", import.meta.url), "utf8"));
const QUESTIONS = JSON.parse(readFileSync(process.env.SPANSTONE_QUESTIONS, "utf8"));
const PAGE = 100;

/** Method path → parameters that a test has called it with. */
const called = new Map();
let calls = 0;

/** Returns a method of the client by its path, bound to the object that has it. */
function bound(client, path) {
  const parts = path.split(".");
  const owner = parts.slice(0, -1).reduce((object, part) => object[part], client);
  return owner[parts.at(-1)].bind(owner);
}

/** Returns the parameters of a call as this API takes them: filters and queries are JSON text. */
function written(parameters) {
  const asText = ([key, value]) => [key, key === "filter" || key === "query" ? JSON.stringify(value) : value];
  return Object.fromEntries(Object.entries(parameters).map(asText));
}

/**
 * Declares a test for every question that this generation can ask, and tests that it has asked with everything it has.
 *
 * `client` and `stranger` are clients with the right and with a wrong key, `methods` the paths of everything the generated client
 * can call, `parametersOf(path)` the parameters of one of them. `pass(method, names, parameters)` calls a method the way this
 * generation passes path and query, `refusalOf(call)` tells what it threw, `throws(path)` whether it throws at all.
 */
export function readEverything({
  generation,
  client,
  stranger,
  methods: generated,
  parametersOf,
  pass,
  refusalOf,
  throws = () => true,
}) {
  for (const { endpoint, title, calls: each, "not for": cannot = {} } of QUESTIONS) {
    if (generation in cannot) continue;
    const { answer, methods } = TABLE.reads[endpoint];
    for (const path of methods[generation] ?? []) {
      // The shorthands take what the generated method takes that they stand for.
      const known = parametersOf(path.startsWith("api.") ? path : methods[generation][0]);
      // Shorthands of the third generation answer with what the refusal says instead of throwing.
      const possible = each.filter(
        ({ parameters, status }) =>
          Object.keys(parameters).every((name) => known.has(name)) && (status === undefined || throws(path)),
      );
      const ask = (parameters, names = []) => {
        const asked = called.get(path) ?? called.set(path, new Set()).get(path);
        for (const name of [...(names.length > 0 ? ["id"] : []), ...Object.keys(parameters)]) asked.add(name);
        calls += 1;
        return pass(bound(client, path), names, written(parameters));
      };
      if (possible.length > 0) {
        test(`${path}: ${title}`, async () => {
          for (const call of possible) await check({ ask, answer, call, refusalOf });
        });
      }
    }
  }
  nothingIsLeftOut({ generation, generated, parametersOf });
  wrongKeysAreRefused({ generation, stranger, pass, refusalOf, throws });
}

/** Asks with the client of the fourth generation or a later one everything that its generated API can ask. */
export function askEverything(generation, LangfuseClient) {
  const langfuse = new LangfuseClient();
  readEverything({
    generation,
    client: langfuse,
    stranger: new LangfuseClient({ secretKey: "sk-lf-nobody-has-this-one" }),
    methods: generatedMethods(langfuse.api, "api"),
    parametersOf: (path) => generatedParameters(langfuse.api, path),
    pass: (method, names, parameters) => (names.length > 0 ? method(...names, parameters) : method(parameters)),
    refusalOf: thrownBy,
  });
}

/** Every method of the generated client is asked with every parameter, writes something, or belongs to what is not there yet. */
function nothingIsLeftOut({ generation, generated, parametersOf }) {
  const reads = Object.entries(TABLE.reads).flatMap(([endpoint, { methods }]) =>
    (methods[generation] ?? []).map((path) => ({ endpoint, path })),
  );
  const plainName = (path) => path.replace(/^api\./, "").replaceAll(".", "").toLowerCase();
  const later = (path) =>
    Object.keys(TABLE["not yet"]).find((resource) => plainName(path).startsWith(plainName(resource)));

  test("every generated method is known", () => {
    const writes = TABLE.writes.map(plainName);
    const isKnown = (path) =>
      reads.some((read) => read.path === path) ||
      writes.some((write) => plainName(path).endsWith(write)) ||
      later(path) !== undefined;
    assert.deepEqual(generated.filter((path) => !isKnown(path)), []);
  });

  for (const { endpoint, path } of reads) {
    test(`${path}: every parameter was asked with`, () => {
      const known = parametersOf(path.startsWith("api.") ? path : TABLE.reads[endpoint].methods[generation][0]);
      const asked = called.get(path) ?? new Set();
      assert.ok(called.has(path), `GET ${endpoint} was never asked`);
      assert.deepEqual([...known].filter((name) => !asked.has(name)), []);
    });
  }

  test("what was asked is written down for the report", () => {
    const asked = {};
    for (const { endpoint, path } of reads) asked[endpoint] = [...new Set([...(asked[endpoint] ?? []), ...called.get(path)])];
    const missing = [...new Set(generated.map(later))].filter((resource) => resource !== undefined).toSorted();
    const told = JSON.stringify({ asked, calls, "not yet": missing });
    writeFileSync(join(process.env.SPANSTONE_ASKED, `${generation}.json`), told);
  });
}

/** A key that is not right: every read method tells so the way this generation tells refusals. */
function wrongKeysAreRefused({ generation, stranger, pass, refusalOf, throws }) {
  for (const [endpoint, { answer, methods }] of Object.entries(TABLE.reads)) {
    for (const path of (methods[generation] ?? []).filter((name) => endpoint !== "health" && throws(name))) {
      test(`${path}: a wrong key is refused`, async () => {
        const names = answer === "one" ? ["x"] : [];
        const parameters = names.length > 0 ? {} : { query: "{}", fromStartTime: "2026-11-21T00:00:00Z" };
        const refusal = await refusalOf(() => pass(bound(stranger, path), names, parameters));
        assert.equal(refusal.status, 401);
        assert.ok(refusal.message.length > 0);
      });
    }
  }
}

async function check({ ask, answer, call, refusalOf }) {
  const asked = `called with ${call.path ?? ""} ${JSON.stringify(call.parameters)}`;
  if ("status" in call) {
    const refusal = await refusalOf(() => ask(call.parameters, call.path));
    assert.equal(refusal.status, call.status, asked);
    assert.ok(refusal.message.includes(call.says ?? ""), `${asked}: ${refusal.message}`);
  } else if ("row" in call) {
    const read = await ask(call.parameters, call.path);
    assert.deepEqual(differences(read.data ?? read, call.row), [], asked);
  } else if ("table" in call) {
    const rows = (await ask(call.parameters)).data;
    const keyOf = (row) => JSON.stringify((call.keys ?? []).map((key) => row[key] ?? null));
    const sorted = (part) => ("keys" in call ? part.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)) : part);
    assert.deepEqual(differences(sorted(rows), sorted(call.table)), [], asked);
  } else if ("histogram" in call) {
    spread((await ask(call.parameters)).data, call.histogram, asked);
  } else {
    inOrder(await (answer === "pages" ? walkPages : walkCursor)(ask, call, asked), call, asked);
  }
}

/** Checks bins that follow each other and hold everything. */
function spread(rows, { column, bins, count }, asked) {
  assert.equal(rows.length, 1, asked);
  const held = rows[0][column];
  assert.ok(held.length >= 1 && held.length <= bins, asked);
  for (const [at, [lower, upper]] of held.entries()) {
    assert.ok(lower <= upper && (at === 0 || held[at - 1][1] <= lower), asked);
  }
  const heights = held.reduce((sum, [, , height]) => sum + height, 0);
  assert.ok(Math.abs(heights - count) < 1e-6, `${asked}: ${heights} instead of ${count}`);
}

async function walkPages(ask, call, asked) {
  const limit = call.limit ?? PAGE;
  const total = [call.valueless ?? [], ...call.groups].reduce((sum, group) => sum + group.length, 0);
  const totalPages = Math.ceil(total / limit);
  const read = [];
  for (let page = 1; page <= Math.max(1, totalPages); page += 1) {
    const answer = await ask({ ...call.parameters, page, limit });
    assert.deepEqual(answer.meta, { page, limit, totalItems: total, totalPages }, asked);
    assert.equal(answer.data.length, Math.min(limit, total - read.length), asked);
    read.push(...answer.data);
  }
  if ("limit" in call) {
    assert.deepEqual((await ask({ ...call.parameters, page: totalPages + 1, limit })).data, [], asked);
  }
  return read;
}

async function walkCursor(ask, call, asked) {
  const parameters = { limit: call.limit ?? PAGE, ...call.parameters };
  const read = [];
  let cursor = {};
  do {
    const answer = await ask({ ...parameters, ...cursor });
    read.push(...answer.data);
    assert.ok(answer.data.length <= parameters.limit, asked);
    if (answer.meta.cursor !== undefined) assert.equal(answer.data.length, parameters.limit, asked);
    cursor = answer.meta.cursor === undefined ? undefined : { cursor: answer.meta.cursor };
  } while (cursor !== undefined);
  return read;
}

/** Compares what was read with the groups that it must consist of, in their order; within a group any order is right. */
function inOrder(read, call, asked) {
  const valueless = call.valueless ?? [];
  const key = call.key ?? "id";
  const first = read.length > 0 && valueless.some((row) => row[key] === read[0][key]);
  const ids = (rows) => rows.map((row) => row[key]).toSorted();
  let rest = read;
  for (const group of first ? [valueless, ...call.groups] : [...call.groups, valueless]) {
    const part = rest.slice(0, group.length);
    rest = rest.slice(group.length);
    assert.deepEqual(ids(part), ids(group), asked);
    const expected = new Map(group.map((row) => [row[key], row]));
    for (const row of part) assert.deepEqual(differences(row, expected.get(row[key])), [], asked);
  }
  assert.deepEqual(ids(rest), [], asked);
}
