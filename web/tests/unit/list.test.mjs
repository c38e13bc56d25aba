import assert from "node:assert/strict";
import test from "node:test";
import { createTraceList } from "../../dist/list/traces.js";

const PAGE = 3;

/** A server whose traces are numbered; the newest, the highest number, comes first. */
function serverWith(count) {
  const server = { newest: count, failure: null, asked: [] };
  server.read = async (cursor) => {
    server.asked.push(cursor);
    if (server.failure) throw server.failure;
    const top = cursor === null ? server.newest : Number(cursor);
    const data = Array.from({ length: Math.min(PAGE, top) }, (_, index) => ({ id: String(top - index) }));
    const next = top - PAGE;
    return { data, total: server.newest, ...(next > 0 ? { cursor: String(next) } : {}) };
  };
  return server;
}

function ids(list) {
  return list.state.value.rows.map((row) => row.id).join(" ");
}

test("a list grows page by page until there is no cursor", async () => {
  const server = serverWith(7);
  const list = createTraceList(server.read, () => false);
  await list.refresh();
  await list.loadMore();
  await list.loadMore();
  await list.loadMore();
  assert.equal(ids(list), "7 6 5 4 3 2 1");
  assert.deepEqual(server.asked, [null, "4", "1"]);
  assert.deepEqual({ ...list.state.value, rows: null }, { rows: null, total: 7, cursor: null, busy: null, loaded: true, error: null });
});

test("a refresh puts new traces on top and keeps what was loaded below", async () => {
  const server = serverWith(7);
  const list = createTraceList(server.read, () => false);
  await list.refresh();
  await list.loadMore();
  server.newest = 9;
  await list.refresh();
  assert.equal(ids(list), "9 8 7 6 5 4 3 2");
  await list.loadMore();
  assert.equal(ids(list), "9 8 7 6 5 4 3 2 1");
});

test("when more traces came than a page holds, the list starts over instead of leaving a gap", async () => {
  const server = serverWith(7);
  const list = createTraceList(server.read, () => false);
  await list.refresh();
  await list.loadMore();
  server.newest = 20;
  await list.refresh();
  assert.equal(ids(list), "20 19 18");
  await list.loadMore();
  assert.equal(ids(list), "20 19 18 17 16 15");
});

test("a failed refresh keeps the rows, says why, and the next one recovers", async () => {
  const server = serverWith(4);
  const list = createTraceList(server.read, () => false);
  await list.refresh();
  server.failure = new Error("no answer");
  await list.refresh();
  assert.deepEqual([ids(list), list.state.value.error], ["4 3 2", "no answer"]);
  server.failure = null;
  await list.refresh();
  assert.deepEqual([ids(list), list.state.value.error], ["4 3 2", null]);
});

test("two calls at once ask the server once", async () => {
  const server = serverWith(4);
  const list = createTraceList(server.read, () => false);
  await Promise.all([list.refresh(), list.refresh(), list.loadMore()]);
  assert.deepEqual(server.asked, [null]);
});

test("an error that was taken over, such as signing out, is not shown", async () => {
  const server = serverWith(4);
  server.failure = new Error("401");
  const list = createTraceList(server.read, () => true);
  await list.refresh();
  assert.equal(list.state.value.error, null);
});
