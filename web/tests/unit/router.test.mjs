import assert from "node:assert/strict";
import test from "node:test";
import { nextPath, routeOf, sessionPath, signInPath, tracePath, tracesPath } from "../../dist/router.js";

test("every path leads to its page", () => {
  const cases = [
    ["/", { page: "home" }],
    ["/sign-in", { page: "sign-in" }],
    ["/project/p", { page: "traces", projectId: "p" }],
    ["/project/p/traces/", { page: "traces", projectId: "p" }],
    ["/project/p/traces/t", { page: "trace", projectId: "p", traceId: "t" }],
    ["/project/p/sessions/s", { page: "session", projectId: "p", sessionId: "s" }],
    ["/project/p/sessions", { page: "not-found" }],
    ["/project", { page: "not-found" }],
    ["/project/p/traces/t/more", { page: "not-found" }],
    ["/elsewhere", { page: "not-found" }],
    ["/project/%zz", { page: "not-found" }],
  ];
  for (const [path, route] of cases) assert.deepEqual(routeOf(path), route, path);
});

test("ids with slashes and unicode come back from their paths", () => {
  const id = "a/b ü?c#d%20";
  assert.deepEqual(routeOf(tracePath("p/1", id)), { page: "trace", projectId: "p/1", traceId: id });
  assert.deepEqual(routeOf(sessionPath("p", id)), { page: "session", projectId: "p", sessionId: id });
  const [path, query] = tracePath("p", "t", id).split("?");
  assert.equal(path, "/project/p/traces/t");
  assert.equal(new URLSearchParams(query).get("observation"), id);
  assert.equal(tracesPath("p", new URLSearchParams()), "/project/p/traces");
});

test("signing in never leads to another server", () => {
  const next = (path) => nextPath(new URL(signInPath(path), "http://x").search);
  assert.equal(next("/project/p/traces?name=a&tag=b"), "/project/p/traces?name=a&tag=b");
  for (const path of ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", ""]) {
    assert.equal(nextPath(`?${new URLSearchParams({ next: path })}`), "/", path);
  }
});
