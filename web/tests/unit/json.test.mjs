import assert from "node:assert/strict";
import test from "node:test";
import { parseContainer, parseJson, printJson } from "../../dist/payload/json.js";

test("JSON is told from text", () => {
  for (const text of ["", "  ", "Hello", "{not json", "[1,", "nulls", "12 apples", "True"]) assert.equal(parseJson(text), undefined, text);
  assert.deepEqual([' {"a":[1]} ', "null", "-1.5", '"x"', "true"].map(parseJson), [{ a: [1] }, null, -1.5, "x", true]);
});

test("only objects and arrays are taken out of strings", () => {
  assert.deepEqual(parseContainer(' {"a":1}'), { a: 1 });
  assert.equal(parseContainer("12"), undefined);
  assert.equal(parseContainer("{broken"), undefined);
});

test("JSON is printed as JSON.stringify prints it", () => {
  for (const value of [null, 1.5, "a\n\"b\"", [], {}, [1, [2, []], { a: {} }], { a: [1, { b: null }], "c d": "é" }]) {
    assert.equal(printJson(value), JSON.stringify(value, null, 2));
  }
  assert.equal(printJson({ id: 12345678901234567890n }), '{\n  "id": 12345678901234567890\n}');
});
