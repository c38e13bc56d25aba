import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { launchBrowser, openPage } from "../fixtures/browser.mjs";
import { PASSWORD, USER, startServer } from "../fixtures/server.mjs";
import { ODD_TRACE, SUPPORT_TRACE } from "../fixtures/store.mjs";

const TRACES = "/project/northwind/traces";
const SUPPORT = `${TRACES}/${SUPPORT_TRACE}`;

let browser;
let server;
let page;
let context;
let problems;

before(async () => {
  browser = await launchBrowser();
});
after(() => browser.close());

beforeEach(async () => {
  server = await startServer();
  ({ page, context, problems } = await openPage(browser));
  // The machine that runs the tests may be busy with others.
  page.setDefaultTimeout(20_000);
});
afterEach(async () => {
  await context.close();
  await server.close();
});

const open = (path) => page.goto(server.origin + path);
const path = () => page.evaluate(() => location.pathname + location.search);
const atPath = (wanted) => page.waitForFunction((text) => location.pathname + location.search === text, wanted);
const selectedIs = (title) => page.locator("[role=treeitem][aria-selected=true] .step-title", { hasText: new RegExp(`^${title}$`) }).waitFor();
const stepsAre = (titles) =>
  page.waitForFunction((wanted) => [...document.querySelectorAll("[role=treeitem] .step-title")].map((title) => title.textContent).join("\n") === wanted, titles.join("\n"));

describe("signing in", () => {
  test("a wrong password is explained, the right one leads back to the address that was asked for", async () => {
    server.state.signedIn = false;
    await open(`${SUPPORT}?observation=5d0f4c1a00000003`);
    await atPath(`/sign-in?next=${encodeURIComponent(`${SUPPORT}?observation=5d0f4c1a00000003`)}`);
    await page.getByLabel("E-mail").fill(USER.email);
    await page.getByLabel("Password").fill("wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").getByText("do not belong together").waitFor();
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "choose-tools" }).waitFor();
    assert.equal(await path(), `${SUPPORT}?observation=5d0f4c1a00000003`);
  });

  test("signing out ends at the form", async () => {
    await open(TRACES);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in to Spanstone" }).waitFor();
    assert.equal(server.state.signedIn, false);
  });

  test("a session that ran out leads to the form, not to an error", async () => {
    await open(TRACES);
    await page.locator(".row-link").first().waitFor();
    server.state.signedIn = false;
    await page.getByRole("button", { name: "Refresh" }).click();
    await page.getByRole("heading", { name: "Sign in to Spanstone" }).waitFor();
  });
});

describe("the list of traces", () => {
  test("it shows the newest first, in one line each, without a problem in the console", async () => {
    await open("/");
    await page.getByText("Northwind support").first().click();
    await page.locator(".row-link").first().waitFor();
    const cells = await page.locator("tbody tr[role=row]").first().locator("td").allTextContents();
    assert.deepEqual(cells, ["2 min ago", "support-agent", "mara@fjell.example", "mail-4217", "production", "mailgold", "14.6 s", "6,067", "$0.016", "11", "20", "tone 0.94resolved true+1"]);
    assert.equal(await page.locator(".list-total").textContent(), "324 traces");
    assert.deepEqual(problems, []);
  });

  test("scrolling loads page after page, and only rows in sight are in the document", async () => {
    await open(TRACES);
    await page.locator(".row-link").first().waitFor();
    const viewport = page.locator(".table-viewport");
    for (let round = 0; round < 40; round += 1) {
      const rows = await viewport.evaluate((element) => {
        element.scrollTop = element.scrollHeight;
        return Number(element.querySelector("table").getAttribute("aria-rowcount"));
      });
      if (rows === 325) break;
      await page.waitForTimeout(50);
    }
    assert.equal(await page.locator("table").getAttribute("aria-rowcount"), "325");
    await viewport.evaluate((element) => element.scrollTo(0, element.scrollHeight));
    await page.locator('tr[aria-rowindex="325"]').waitFor();
    assert.ok((await page.locator("tbody tr[role=row]").count()) < 60);
  });

  test("filters live in the address: set by form, by click and by search, dropped by chip", async () => {
    await open(TRACES);
    await page.getByRole("button", { name: "Filter", exact: true }).click();
    await page.getByLabel("Name", { exact: true }).fill("support-agent");
    await page.getByLabel("Tags").fill("mail, gold");
    await page.getByRole("button", { name: "Apply" }).click();
    await atPath(`${TRACES}?name=support-agent&tag=mail&tag=gold`);
    await page.locator("tbody tr[role=row]").first().getByRole("button", { name: "production" }).click();
    await atPath(`${TRACES}?name=support-agent&environment=production&tag=mail&tag=gold`);
    await page.getByPlaceholder("Search id or name").fill("5d0f");
    await page.locator(".list-total", { hasText: /^1 trace$/ }).waitFor();
    await page.getByLabel("Drop the filter Tag: gold").click();
    await atPath(`${TRACES}?search=5d0f&name=support-agent&environment=production&tag=mail`);
    await page.reload();
    await page.locator(".list-total", { hasText: /^1 trace$/ }).waitFor();
    assert.equal(await page.getByPlaceholder("Search id or name").inputValue(), "5d0f");
    assert.match(server.state.requests.at(-1), /search=5d0f&name=support-agent&environment=production&tag=mail&limit=50$/);
  });

  test("a time range is sent as a time", async () => {
    await open(TRACES);
    await page.getByLabel("Time range").selectOption("1h");
    await atPath(`${TRACES}?range=1h`);
    await page.waitForFunction(() => document.querySelectorAll("tbody tr[role=row]").length < 25);
    assert.match(server.state.requests.at(-1), /fromTimestamp=/);
  });

  test("no match offers to clear the filters", async () => {
    await open(`${TRACES}?name=nothing`);
    await page.getByRole("button", { name: "Clear filters" }).click();
    await atPath(TRACES);
    await page.locator(".row-link").first().waitFor();
  });

  test("an empty project shows how to send the first trace, and shows it when it comes", async () => {
    await page.clock.install();
    server.state.traces = [];
    await open(TRACES);
    await page.getByText("Waiting for the first trace").waitFor();
    const blocks = await page.locator(".snippet pre").allTextContents();
    assert.ok(blocks[0].includes(`LANGFUSE_HOST=${server.origin}\n`.trim()) && blocks[0].includes(`LANGFUSE_BASE_URL=${server.origin}`));
    assert.ok(blocks[1].includes(`OTEL_EXPORTER_OTLP_ENDPOINT=${server.origin}/api/public/otel`));
    await page.getByText("spanstone demo").waitFor();
    server.state.traces = [{ ...(await freshTrace()), name: "the first" }];
    await page.clock.runFor(6_000);
    await page.getByRole("link", { name: "the first" }).waitFor();
  });

  test("live brings new traces to the top without moving what is being read, and rests in a hidden tab", async () => {
    await page.clock.install();
    await open(TRACES);
    await page.locator(".row-link").first().waitFor();
    await page.getByRole("button", { name: "Live" }).click();
    const viewport = page.locator(".table-viewport");
    await viewport.evaluate((element) => {
      element.scrollTop = 720;
    });
    await page.locator('tr[aria-rowindex="22"]').waitFor();
    const before = await page.locator('tr[aria-rowindex="22"]').boundingBox();
    server.state.traces.unshift({ ...(await freshTrace()), id: "brand-new" });
    await page.clock.runFor(6_000);
    await page.waitForFunction(() => document.querySelector(".table-viewport").scrollTop === 756);
    assert.deepEqual(await page.locator('tr[aria-rowindex="23"]').boundingBox(), before);
    await setHidden(true);
    const asked = server.state.requests.length;
    await page.clock.runFor(60_000);
    assert.equal(server.state.requests.length, asked);
    const next = page.waitForRequest("**/traces?*");
    await setHidden(false);
    await next;
  });

  test("an address that leads nowhere says so", async () => {
    await open("/x");
    await page.getByText("There is no such page").waitFor();
    await open("/project/someone-elses/traces");
    await page.getByText("This project is not yours to see").waitFor();
  });

  test("a failure says what happened and can be tried again", async () => {
    await page.route("**/traces?*", (route) => route.fulfill({ status: 503, json: { message: "the store is being repaired" } }));
    await open(TRACES);
    await page.getByRole("alert").getByText("the store is being repaired").waitFor();
    await page.unroute("**/traces?*");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.locator(".row-link").first().waitFor();
  });

  async function freshTrace() {
    const { tracesAt } = await import("../fixtures/store.mjs");
    return { ...tracesAt(Date.now(), 0)[0], timestamp: new Date().toISOString() };
  }

  const setHidden = (hidden) =>
    page.evaluate((value) => {
      Object.defineProperty(document, "visibilityState", { configurable: true, get: () => (value ? "hidden" : "visible") });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
});

describe("one trace", () => {
  test("its steps stand in a tree, a step of a lost parent at its root, without a problem in the console", async () => {
    await open(SUPPORT);
    await page.locator("[role=treeitem]").nth(19).waitFor();
    const levels = await page.locator("[role=treeitem]").evaluateAll((rows) => rows.map((row) => `${row.ariaLevel} ${row.querySelector(".step-title").textContent}`));
    assert.deepEqual(levels, [
      ...["1 support-agent", "2 support-agent", "3 prompt-injection-check", "3 plan", "4 choose-tools", "3 work", "4 lookup_order", "4 search_knowledge"],
      ...["5 embed-query", "5 vector-search", "5 rerank", "4 check_stock with retry", "5 check_stock", "5 retry scheduled", "5 check_stock"],
      ...["4 create_shipment", "3 answer", "3 tone", "3 flush-telemetry", "2 late span of a lost parent"],
    ]);
    assert.deepEqual(problems, []);
  });

  test("the keyboard walks, folds and unfolds, and the address follows", async () => {
    await open(SUPPORT);
    const tree = page.getByRole("tree");
    await tree.waitFor();
    await tree.press("j");
    await tree.press("ArrowDown");
    await tree.press("ArrowDown");
    await selectedIs("plan");
    await tree.press("ArrowLeft");
    await page.locator("[aria-selected=true][aria-expanded=false]").waitFor();
    assert.equal(await page.locator(".step-title", { hasText: "choose-tools" }).count(), 0);
    await tree.press("Enter");
    await page.locator("[aria-selected=true][aria-expanded=true]").waitFor();
    await tree.press("ArrowRight");
    await selectedIs("choose-tools");
    await atPath(`${SUPPORT}?observation=5d0f4c1a00000003`);
    await tree.press("ArrowLeft");
    await tree.press("k");
    await tree.press("k");
    await selectedIs("support-agent");
    await tree.press("End");
    await selectedIs("late span of a lost parent");
    await tree.press("Home");
    await atPath(SUPPORT);
    assert.deepEqual(problems, []);
  });

  test("a link to a step opens it, wherever it is nested", async () => {
    await open(`${SUPPORT}?observation=5d0f4c1a00000011`);
    await page.getByText("warehouse.timeout").waitFor();
    await selectedIs("check_stock");
    await page.getByRole("button", { name: "1 warning" }).click();
    await page.getByText("backing off for 800 ms").waitFor();
    await page.getByRole("button", { name: "Fold all", exact: true }).click();
    const folded = ["support-agent", "support-agent", "late span of a lost parent"];
    await stepsAre(folded);
    // The selection went up to the branch that hides it; the address follows later, and unfolds nothing.
    await atPath(`${SUPPORT}?observation=5d0f4c1a00000000`);
    await stepsAre(folded);
    await page.getByPlaceholder("Find a step").fill("gpt-5.2");
    await page.getByPlaceholder("Find a step").press("Enter");
    await page.getByRole("heading", { name: "choose-tools" }).waitFor();
    await page.locator(".found", { hasText: "1/1" }).waitFor();
  });

  test("chat is shown as chat, and the choice of JSON or raw text stays from step to step", async () => {
    await open(`${SUPPORT}?observation=5d0f4c1a00000003`);
    await page.locator(".message").first().waitFor();
    assert.deepEqual(await page.locator(".role").allTextContents(), ["system", "user", "assistant"]);
    assert.deepEqual(await page.locator(".tool.call b").allTextContents(), ["lookup_order", "search_knowledge"]);
    await page.getByRole("group", { name: "How to show the input" }).getByRole("button", { name: "JSON" }).click();
    await page.locator(".json-key", { hasText: "messages" }).waitFor();
    await page.getByText("lookup_order", { exact: true }).first().click();
    await page.getByRole("heading", { name: "lookup_order" }).waitFor();
    assert.ok((await page.locator(".json").last().textContent()).includes("90071992547409931"), "digits are kept");
    await page.getByRole("group", { name: "How to show the output" }).getByRole("button", { name: "Raw" }).click();
    assert.ok((await page.locator("pre.raw").last().textContent()).startsWith('{"order":"NW-48213"'));
  });

  test("usage, cost, parameters, metadata and scores are there", async () => {
    await open(`${SUPPORT}?observation=5d0f4c1a00000015`);
    await page.locator("table.usage").waitFor();
    assert.deepEqual(await page.locator("table.usage tbody tr, table.usage tfoot tr").allTextContents(), ["input2,977$0.00893", "output412$0.00618", "cache_read_input_tokens2,210–", "reasoning118–", "total3,389$0.01511"]);
    assert.ok((await page.locator(".scores").textContent()).includes("Calm and clear"));
    await page.locator(".json-key", { hasText: "max_tokens" }).first().waitFor();
    await page.locator(".json-key", { hasText: "resource.service.name" }).waitFor();
  });

  test("a cost that was computed shows its prices, and which they are", async () => {
    await open(`${SUPPORT}?observation=5d0f4c1a00000003`);
    await page.locator(".usage-source").waitFor();
    assert.deepEqual(await page.locator("table.usage tbody tr, table.usage tfoot tr").allTextContents(), ["input1,843$0.25$0.00046075", "output96$2$0.000192", "input_cached1,280$0.025$0.000032", "total1,939–$0.000653"]);
    assert.equal(await page.locator(".usage-source").textContent(), "Priced by gpt-5.2-mini, Flex (model_parameters service_tier in flex: flex)");
    assert.equal(await page.locator("table.usage td[title]").nth(2).getAttribute("title"), "1,280 × $0.000000025, the price of input_cached_tokens");
  });

  test("ids with slashes, unicode and question marks open from the list, from the session and from their address", async () => {
    await open(TRACES);
    await page.getByRole("link", { name: "ids with slashes" }).click();
    await page.getByRole("tree").waitFor();
    assert.equal(await path(), `${TRACES}/${encodeURIComponent(ODD_TRACE)}`);
    await page.reload();
    await page.getByRole("link", { name: "a/b c?d" }).click();
    await page.getByRole("heading", { name: "a/b c?d" }).waitFor();
    await page.locator(".session-trace").first().click();
    await page.getByRole("tree").waitFor();
    await page.goBack();
    await page.getByRole("heading", { name: "a/b c?d" }).waitFor();
    assert.deepEqual(problems, []);
  });

  test("a missing trace and a missing step say so", async () => {
    await open(`${TRACES}/nope`);
    await page.getByRole("alert").getByText("there is no trace nope in this project").waitFor();
    await open(`${SUPPORT}?observation=nope`);
    await page.getByText("This step is not in the trace").waitFor();
  });
});

describe("payloads of strangers", () => {
  const payload = (index) => open(`${TRACES}/payloads?observation=payload-${index}`);

  test("HTML and scripts in a text stay text, and only links to the web are links", async () => {
    await payload(1);
    await page.locator(".markdown").nth(1).waitFor();
    assert.ok((await page.locator(".markdown").first().textContent()).includes("<script>alert(1)</script> <img src=x onerror=alert(1)>"));
    assert.deepEqual(await page.locator(".markdown a").evaluateAll((links) => links.map((link) => [link.textContent, link.href, link.rel])), [["good", "https://example.org/", "noreferrer noopener"]]);
    assert.ok((await page.locator(".markdown").nth(1).textContent()).includes("[bad](javascript:alert(1))"));
    assert.equal(await page.locator(".markdown img, .markdown script, .markdown b").count(), 0);
    assert.equal(await page.locator("pre.code").textContent(), "const x = '<b>';");
    assert.deepEqual(problems, []);
  });

  test("a large text appears in part, and whole on request", async () => {
    await payload(2);
    await page.getByRole("button", { name: "Show all 1.8 MB" }).click();
    await page.waitForFunction(() => [...document.querySelectorAll("pre.raw")].some((pre) => pre.textContent.endsWith("THE END")));
  });

  test("a large array opens a hundred members at a time", async () => {
    await payload(3);
    await page.getByRole("button", { name: "4,900 more members" }).click();
    await page.getByRole("button", { name: "4,000 more members" }).waitFor();
  });

  test("JSON nested five thousand deep opens like any other", async () => {
    await payload(4);
    await page.locator(".json-toggle").first().waitFor();
    assert.deepEqual(problems, []);
  });

  test("broken JSON is text, and integers keep all their digits", async () => {
    await payload(5);
    await page.locator(".json").waitFor();
    assert.ok((await page.locator(".json").textContent()).includes("12345678901234567890"));
    assert.ok((await page.locator(".text-body").textContent()).includes('{"messages": [{"role": "user"'));
  });

  test("a long conversation shows its first and last messages, and the others on request", async () => {
    await payload(6);
    await page.getByRole("button", { name: "Show 59 earlier messages" }).click();
    await page.waitForFunction(() => document.querySelectorAll(".message").length === 90);
  });

  test("a picture inside the message is shown, one from elsewhere is only linked", async () => {
    await payload(7);
    await page.locator("img.picture").waitFor();
    assert.equal(await page.locator("img").count(), 1);
    assert.equal(await page.locator(".picture-link").getAttribute("href"), "https://elsewhere.example/spy.png");
    assert.deepEqual(problems, []);
  });
});

describe("a trace of a hundred thousand steps", () => {
  test("it opens, scrolls to its end and finds a step with a screenful of rows in the document", async () => {
    await open(`${TRACES}/large`);
    await page.locator("[role=treeitem]").nth(20).waitFor();
    assert.ok((await page.locator("[role=treeitem]").count()) < 80);
    const tree = page.getByRole("tree");
    await tree.press("End");
    await page.locator("[aria-selected=true] .step-title", { hasText: "99999" }).waitFor();
    await page.getByPlaceholder("Find a step").fill("turn 1500");
    await page.getByPlaceholder("Find a step").press("Enter");
    await page.getByRole("heading", { name: "turn 1500" }).waitFor();
    await page.locator("[aria-selected=true] .step-title", { hasText: "turn 1500" }).waitFor();
    assert.ok((await page.locator("[role=treeitem]").count()) < 80);
    assert.deepEqual(problems, []);
  });

  test("a key held down asks the server only for the step it stops at", async () => {
    await open(`${TRACES}/large`);
    const tree = page.getByRole("tree");
    await tree.waitFor();
    await tree.evaluate(async (element) => {
      for (let index = 0; index < 300; index += 1) {
        element.dispatchEvent(new KeyboardEvent("keydown", { key: "j", bubbles: true }));
      }
    });
    await page.getByText("done with").waitFor();
    assert.ok(server.state.requests.filter((request) => request.includes("/observations/")).length <= 3);
    assert.deepEqual(problems, []);
  });
});

describe("at 400 pixels", () => {
  for (const place of [TRACES, SUPPORT, `${SUPPORT}?observation=5d0f4c1a00000015`, "/project/empty/traces", "/project/northwind/sessions/mail-4217", `${TRACES}/payloads?observation=payload-1`]) {
    test(`nothing sticks out of ${place}`, async () => {
      await page.setViewportSize({ width: 400, height: 800 });
      await open(place);
      await page.locator("h1, h2, .row-link").first().waitFor();
      await page.waitForLoadState("networkidle");
      const wide = await page.evaluate(() => [document.documentElement, ...document.querySelectorAll(".page, .table-viewport, .detail-pane, .trace, .list-bar")].filter((element) => element.scrollWidth > 400).map((element) => `${element.className} ${element.scrollWidth}`));
      assert.deepEqual(wide, []);
    });
  }
});
