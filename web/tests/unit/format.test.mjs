import assert from "node:assert/strict";
import test from "node:test";
import { formatCost, formatCount, formatDuration, formatExactCost, formatRelative, formatScore, formatSize, formatTokens, plural } from "../../dist/format.js";

function table(format, cases) {
  assert.deepEqual(cases.map(([value]) => format(value)), cases.map(([, text]) => text));
}

test("durations keep three digits and a unit that fits", () => {
  table(formatDuration, [
    [null, "–"],
    [NaN, "–"],
    [-5, "0 ms"],
    [0, "0 ms"],
    [0.0004, "1 µs"],
    [0.32, "320 µs"],
    [1.26, "1.3 ms"],
    [9, "9 ms"],
    [841.6, "842 ms"],
    [999.4, "999 ms"],
    [999.6, "1.00 s"],
    [1237, "1.24 s"],
    [14_620, "14.6 s"],
    [59_949, "59.9 s"],
    [59_951, "1 m 00 s"],
    [125_000, "2 m 05 s"],
    [3_599_600, "1 h 00 m"],
    [3_780_000, "1 h 03 m"],
    [90_000_000, "1 d 1 h"],
  ]);
});

test("counts shorten from ten thousand on", () => {
  table(formatCount, [[null, "–"], [0, "0"], [9999, "9,999"], [12_345, "12.3k"], [99_960, "100k"], [100_000, "100k"], [999_600, "1M"], [41_000_000, "41M"], [1_234_567_890, "1.2B"]]);
});

test("tokens read as input and output, or as their total", () => {
  assert.deepEqual([formatTokens(1843, 96, 1939), formatTokens(6, null, 6), formatTokens(null, null, 12), formatTokens(0, 0, 12)], ["1,843 → 96", "6 → 0", "12", "12"]);
});

test("costs keep two significant digits below a dollar and never read as free", () => {
  table(formatCost, [[null, "–"], [0, "$0"], [1.2e-7, "<$0.00001"], [0.000074, "$0.000074"], [0.01583712, "$0.016"], [0.3, "$0.3"], [0.996, "$1.00"], [1.27, "$1.27"], [83.2, "$83.20"], [1240.4, "$1,240"]]);
  table(formatExactCost, [[0.01583712, "$0.01583712"], [1.2e-7, "$0.00000012"], [3, "$3"]]);
});

test("times read as ages for a day, then as dates", () => {
  const now = Date.parse("2026-11-22T18:00:00Z");
  const age = (ms) => formatRelative(new Date(now - ms).toISOString(), now);
  assert.deepEqual([0, 4000, 12_000, 300_000, 3 * 3_600_000].map(age), ["just now", "just now", "12 s ago", "5 min ago", "3 h ago"]);
  assert.equal(age(-30_000), "just now");
  assert.match(age(-3_600_000), /\d\d:\d\d/);
  assert.match(age(400 * 86_400_000), /2025/);
  assert.equal(formatRelative("not a time", now), "not a time");
});

test("scores, sizes and plurals read like words", () => {
  table(formatScore, [[0.870001, "0.87"], [1, "1"], [true, "true"], ["correct", "correct"], [null, "–"]]);
  table(formatSize, [[12, "12 B"], [3400, "3.4 kB"], [1_200_000, "1.2 MB"]]);
  assert.deepEqual([plural(1, "trace"), plural(1234, "trace"), plural(0, "step")], ["1 trace", "1,234 traces", "0 steps"]);
});
