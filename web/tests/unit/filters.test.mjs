import assert from "node:assert/strict";
import test from "node:test";
import { NO_FILTERS, countFields, filtersFromUrl, filtersToQuery, filtersToUrl, isFiltered } from "../../dist/list/filters.js";

const NOW = Date.parse("2026-11-22T18:00:00.000Z");

function roundTrip(filters) {
  return filtersFromUrl(new URLSearchParams(filtersToUrl(filters).toString()));
}

test("filters survive the address bar", () => {
  const cases = [
    NO_FILTERS,
    { ...NO_FILTERS, search: "50% & more", name: "a b", userId: "ü@x", sessionId: "s/1?", environment: "prod", tags: ["a,b", "c"] },
    { ...NO_FILTERS, range: "24h" },
    { ...NO_FILTERS, range: "custom", fromTimestamp: "2026-11-01T00:00:00.000Z" },
  ];
  for (const filters of cases) assert.deepEqual(roundTrip(filters), filters);
});

test("an address that nobody wrote means no filter", () => {
  assert.deepEqual(filtersFromUrl(new URLSearchParams("range=9y&fromTimestamp=soon&tag=&tag=a&tag=a&x=1")), { ...NO_FILTERS, tags: ["a"] });
});

test("no filter leaves the address bare", () => {
  assert.equal(filtersToUrl({ ...NO_FILTERS, name: "  " }).toString(), "");
  assert.equal(isFiltered(NO_FILTERS), false);
  assert.equal(isFiltered({ ...NO_FILTERS, range: "1h" }), true);
  assert.equal(countFields({ ...NO_FILTERS, search: "x", range: "1h", userId: "u", tags: ["a", "b"] }), 3);
});

test("the API gets times instead of ranges", () => {
  assert.equal(filtersToQuery({ ...NO_FILTERS, range: "1h", tags: ["a", "b"] }, NOW).toString(), "tag=a&tag=b&fromTimestamp=2026-11-22T17%3A00%3A00.000Z");
  const own = { ...NO_FILTERS, range: "custom", fromTimestamp: "2026-11-01T00:00:00.000Z", toTimestamp: "2026-11-02T00:00:00.000Z" };
  assert.equal(filtersToQuery(own, NOW).toString(), "fromTimestamp=2026-11-01T00%3A00%3A00.000Z&toTimestamp=2026-11-02T00%3A00%3A00.000Z");
});
