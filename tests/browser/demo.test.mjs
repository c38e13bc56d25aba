// The viewer in a real browser, over the real server with the demo's traces.

import assert from "node:assert/strict";
import { after, before, beforeEach, afterEach, describe, test } from "node:test";

import { launchBrowser, openPage } from "../../web/tests/fixtures/browser.mjs";
import { PROJECT, USER, startDemo } from "./server.mjs";

let browser;
let server;
let page;
let context;
let problems;

before(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startDemo()]);
});
after(async () => {
  await browser.close();
  await server.close();
});
beforeEach(async () => {
  ({ page, context, problems } = await openPage(browser));
  page.setDefaultTimeout(20_000);
});
afterEach(() => context.close());

const path = () => page.evaluate(() => location.pathname + location.search);

async function signIn() {
  await page.getByLabel("E-mail").fill(USER.email);
  await page.getByLabel("Password").fill(USER.password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

describe("a newcomer after `spanstone demo`", () => {
  test("signs in and finds every trace in the list, the newest first", async () => {
    await page.goto(server.origin);
    await signIn();
    await page.getByText("7 traces").waitFor();
    const names = await page.locator("tbody td.col-name").allTextContents();
    assert.deepEqual(names, [
      "plan-a-trip",
      "nightly-report",
      "coding-agent",
      "ask-the-handbook",
      "support-chat",
      "support-chat",
      "support-chat",
    ]);
    assert.equal(await path(), `/project/${PROJECT}/traces`);
    assert.deepEqual(problems, []);
  });

  test("opens a link to a trace, signs in on the way, and sees its steps as a tree", async () => {
    const link = [...server.traces].find(([title]) => title.startsWith("a coding agent"))[1];
    await page.goto(server.origin + link);
    await signIn();
    await page.getByRole("heading", { name: "coding-agent" }).waitFor();
    await page.getByText("57 steps").waitFor();
    await page.getByRole("treeitem").filter({ hasText: "repair-agent" }).first().waitFor();
    assert.equal(await path(), link);
    assert.deepEqual(problems, []);
  });

  test("sees a model's messages as a conversation, and can link to that step", async () => {
    const link = [...server.traces].find(([title]) => title.startsWith("the third turn"))[1];
    await page.goto(server.origin + link);
    await signIn();
    await page.getByRole("treeitem").filter({ has: page.locator(".type-generation, [data-type=GENERATION]") }).first().click();
    await page.waitForFunction(() => location.search.startsWith("?observation="));
    await page.getByRole("region", { name: "Selected step" }).getByText("user", { exact: true }).first().waitFor();
    const deep = await path();
    await page.reload();
    await page.getByRole("region", { name: "Selected step" }).getByText("user", { exact: true }).first().waitFor();
    assert.equal(await path(), deep);
    assert.deepEqual(problems, []);
  });

  test("is told what failed", async () => {
    const link = [...server.traces].find(([title]) => title.startsWith("a job that fails"))[1];
    await page.goto(server.origin + link);
    await signIn();
    await page.getByText("3 errors").waitFor();
    assert.deepEqual(problems, []);
  });

  test("is led from the links of old SDKs to the trace", async () => {
    const link = [...server.traces].find(([title]) => title.startsWith("two agents"))[1];
    const id = link.slice(link.lastIndexOf("/") + 1);
    await page.goto(`${server.origin}/trace/${id}`);
    await signIn();
    await page.getByRole("heading", { name: "plan-a-trip" }).waitFor();
    assert.deepEqual(problems, []);
  });
});
