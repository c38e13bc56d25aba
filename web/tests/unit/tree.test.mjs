import assert from "node:assert/strict";
import test from "node:test";
import { ancestors, axisMarks, branches, buildTree, findNodes, formatMark, visibleNodes } from "../../dist/trace/tree.js";
import { nextWithLevel } from "../../dist/trace/levels.js";
import { largeObservations, randomFrom } from "../fixtures/large_trace.mjs";

function row(id, parentId = null, fields = {}) {
  return { id, parentId, type: "SPAN", name: id, level: "DEFAULT", statusMessage: null, start: 0, end: 10, completionStart: null, model: null, totalTokens: null, cost: null, ...fields };
}

function drawn(tree) {
  return tree.nodes.map((node) => `${"  ".repeat(node.depth)}${node.row.id}`);
}

test("observations stand below their parents, siblings in the order given", () => {
  const tree = buildTree([row("a"), row("b", "a"), row("c"), row("d", "b"), row("e", "a")]);
  assert.deepEqual(drawn(tree), ["a", "  b", "    d", "  e", "c"]);
  assert.deepEqual(tree.nodes.map(({ parent, end, position, siblings }) => [parent, end, position, siblings]), [
    [-1, 4, 1, 2],
    [0, 3, 1, 2],
    [1, 3, 1, 1],
    [0, 4, 2, 2],
    [-1, 5, 2, 2],
  ]);
});

test("a child that comes before its parent is nested all the same", () => {
  assert.deepEqual(drawn(buildTree([row("child", "parent"), row("parent")])), ["parent", "  child"]);
});

test("an observation whose parent is missing stands directly below the trace", () => {
  assert.deepEqual(drawn(buildTree([row("a"), row("b", "gone"), row("c", "b")])), ["a", "b", "  c"]);
});

test("parents that form a circle lose nothing", () => {
  const tree = buildTree([row("a", "b"), row("b", "a"), row("c", "b"), row("self", "self"), row("d")]);
  assert.deepEqual(drawn(tree).toSorted(), ["    c", "  b", "a", "d", "self"].toSorted());
  assert.equal(tree.indexById.size, 5);
});

test("a hundred thousand levels deep is not too deep", () => {
  const rows = Array.from({ length: 100_000 }, (_, index) => row(String(index), index === 0 ? null : String(index - 1)));
  const tree = buildTree(rows);
  assert.equal(tree.nodes.at(-1).depth, 99_999);
  assert.equal(tree.nodes[0].end, 100_000);
  assert.equal(ancestors(tree, 99_999).length, 99_999);
});

test("in any forest every observation appears once, right within its parent", () => {
  const random = randomFrom(1);
  for (let round = 0; round < 200; round += 1) {
    const count = 1 + Math.floor(random() * 30);
    const rows = Array.from({ length: count }, (_, index) => row(`n${index}`, random() < 0.2 ? null : `n${Math.floor(random() * (count + 3))}`));
    const { nodes, indexById } = buildTree(rows);
    assert.deepEqual(nodes.map((node) => node.row.id).toSorted(), rows.map(({ id }) => id).toSorted());
    nodes.forEach((node, index) => {
      assert.equal(indexById.get(node.row.id), index);
      assert.ok(node.end > index && node.end <= nodes.length);
      if (node.parent === -1) return assert.equal(node.depth, 0);
      const parent = nodes[node.parent];
      assert.equal(parent.row.id, node.row.parentId);
      assert.equal(node.depth, parent.depth + 1);
      assert.ok(node.parent < index && node.end <= parent.end);
    });
  }
});

test("tokens, costs and errors add up towards the root", () => {
  const rows = [row("a"), row("b", "a", { totalTokens: 5, cost: 0.5 }), row("c", "b", { totalTokens: 7, level: "ERROR" }), row("d", "a", { cost: 0.25 })];
  assert.deepEqual(buildTree(rows).nodes.map((node) => node.below), [
    { errors: 1, tokens: 12, cost: 0.75 },
    { errors: 1, tokens: 7, cost: 0 },
    { errors: 0, tokens: 0, cost: 0 },
    { errors: 0, tokens: 0, cost: 0 },
  ]);
});

test("the axis reaches from the first start to the last end, and to starts without an end", () => {
  assert.deepEqual(buildTree([row("a", null, { start: 5, end: 9 }), row("b", null, { start: 3, end: 4 }), row("c", null, { start: 20, end: null })]).axis, { start: 3, end: 20 });
  assert.deepEqual(buildTree([]).axis, { start: 0, end: 0 });
});

test("folding hides the descendants and nothing else", () => {
  const tree = buildTree([row("a"), row("b", "a"), row("c", "b"), row("d", "a"), row("e")]);
  const shown = (...folded) => visibleNodes(tree, new Set(folded)).map((index) => tree.nodes[index].row.id);
  assert.deepEqual(shown(), ["a", "b", "c", "d", "e"]);
  assert.deepEqual(shown("b"), ["a", "b", "d", "e"]);
  assert.deepEqual(shown("a", "b"), ["a", "e"]);
  assert.deepEqual(branches(tree), ["a", "b"]);
});

test("a step is found by name, id, type, model or message, in any case", () => {
  const tree = buildTree([row("a1", null, { name: "Look up" }), row("b1", "a1", { type: "GENERATION", model: "gpt-5" }), row("c1", "b1", { name: null, statusMessage: "Time out" })]);
  const found = (text) => findNodes(tree, text);
  assert.deepEqual(found("look UP"), [0]);
  assert.deepEqual(found("generation"), [1]);
  assert.deepEqual(found("GPT"), [1]);
  assert.deepEqual(found("time"), [2]);
  assert.deepEqual(found("1"), [0, 1, 2]);
  assert.deepEqual(found("  "), []);
});

test("the next error follows the selection and starts over at the end", () => {
  const tree = buildTree([row("a", null, { level: "ERROR" }), row("b"), row("c", null, { level: "ERROR" })]);
  assert.equal(nextWithLevel(tree, "ERROR", null), "a");
  assert.equal(nextWithLevel(tree, "ERROR", "a"), "c");
  assert.equal(nextWithLevel(tree, "ERROR", "c"), "a");
  assert.equal(nextWithLevel(tree, "ERROR", "b"), "c");
  assert.equal(nextWithLevel(tree, "WARNING", null), null);
  assert.equal(nextWithLevel(buildTree([]), "ERROR", null), null);
});

test("the marks of an axis are round and few", () => {
  const marks = (span) => axisMarks({ start: 0, end: span }, 6).map(formatMark);
  assert.deepEqual(marks(14_620_000), ["0", "5 s", "10 s"]);
  assert.deepEqual(marks(950), ["0", "200 µs", "400 µs", "600 µs", "800 µs"]);
  assert.deepEqual(marks(1_000_000), ["0", "200 ms", "400 ms", "600 ms", "800 ms", "1 s"]);
  assert.deepEqual(marks(171e6), ["0", "30 s", "1 m", "1 m 30 s", "2 m", "2 m 30 s"]);
  assert.deepEqual(marks(400e6), ["0", "2 m", "4 m", "6 m"]);
  assert.deepEqual(marks(5 * 3600e6), ["0", "1 h", "2 h", "3 h", "4 h", "5 h"]);
  assert.deepEqual(marks(0), ["0"]);
  for (const span of [1, 7, 99, 12_345, 6e6, 59e6, 61e6, 1e9, 1e12, 1e15]) assert.ok(marks(span).length <= 8, String(span));
});

test("a hundred thousand observations become one tree", () => {
  const rows = largeObservations("large", 0, 100_000);
  const began = performance.now();
  const tree = buildTree(rows);
  visibleNodes(tree, new Set());
  assert.equal(tree.nodes.length, 100_000);
  console.log(`      ${Math.round(performance.now() - began)} ms`);
});
