// How times, durations, counts and costs read. Pure; a missing value is an en dash everywhere.

export const NOTHING = "–";

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** `320 µs`, `842 ms`, `1.24 s`, `2 m 05 s`, `1 h 03 m`, `3 d 4 h`. */
export function formatDuration(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms)) return NOTHING;
  if (ms <= 0) return "0 ms";
  if (ms < 1) return `${Math.max(1, Math.round(ms * 1000))} µs`;
  if (ms < 10) return `${trimZeros(ms.toFixed(1))} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 9995) return `${(ms / SECOND_MS).toFixed(2)} s`;
  if (ms < 59_950) return `${(ms / SECOND_MS).toFixed(1)} s`;
  return formatLongDuration(ms);
}

function formatLongDuration(ms: number): string {
  const seconds = Math.round(ms / SECOND_MS);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m ${twoDigits(seconds % 60)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} m`;
  const hours = Math.floor(minutes / 60);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** `950`, `1,234`, `12.3k`, `1.2M`: short enough for a column. */
export function formatCount(count: number | null): string {
  if (count === null || !Number.isFinite(count)) return NOTHING;
  if (count < 10_000) return formatExactCount(count);
  if (count < 999_500) return `${trimZeros((count / 1e3).toFixed(count < 99_950 ? 1 : 0))}k`;
  if (count < 999_500_000) return `${trimZeros((count / 1e6).toFixed(1))}M`;
  return `${trimZeros((count / 1e9).toFixed(1))}B`;
}

// Making one of these for every number costs more than everything else in a row.
const GROUPED = new Intl.NumberFormat("en-US");

/** `1,234,567`. */
export function formatExactCount(count: number): string {
  return GROUPED.format(count);
}

/** `1,843 → 96`, or the total where input and output were not told apart. */
export function formatTokens(input: number | null, output: number | null, total: number | null): string {
  if (!hasTokens(input) && !hasTokens(output)) return formatCount(total);
  return `${formatCount(input ?? 0)} → ${formatCount(output ?? 0)}`;
}

/** Whether a trace or an observation has tokens worth showing; a count of zero says that nobody counted. */
export function hasTokens(count: number | null): count is number {
  return count !== null && count > 0;
}

/** `$0`, `<$0.00001`, `$0.00042`, `$0.013`, `$1.27`, `$1,240`: two significant digits below a dollar, cents above. */
export function formatCost(cost: number | null): string {
  if (cost === null || !Number.isFinite(cost)) return NOTHING;
  if (cost === 0) return "$0";
  const size = Math.abs(cost);
  if (size < 1e-5) return "<$0.00001";
  if (size >= 1000) return `$${formatExactCount(Math.round(cost))}`;
  if (size >= 0.995) return `$${cost.toFixed(2)}`;
  const decimals = 1 - Math.floor(Math.log10(size));
  return `$${trimZeros(cost.toFixed(Math.max(decimals, 2)))}`;
}

/** Every digit of a cost, for a tooltip or a table: `$0.0012345`. */
export function formatExactCost(cost: number): string {
  return `$${trimZeros(cost.toFixed(12))}`;
}

/** `just now`, `12 s ago`, `5 min ago`, `3 h ago`, then a date. */
export function formatRelative(time: string, now: number): string {
  const then = Date.parse(time);
  if (Number.isNaN(then)) return time;
  const age = now - then;
  if (age < -MINUTE_MS) return formatDate(then, now);
  if (age < 5 * SECOND_MS) return "just now";
  if (age < MINUTE_MS) return `${Math.floor(age / SECOND_MS)} s ago`;
  if (age < HOUR_MS) return `${Math.floor(age / MINUTE_MS)} min ago`;
  if (age < DAY_MS) return `${Math.floor(age / HOUR_MS)} h ago`;
  return formatDate(then, now);
}

function formatDate(then: number, now: number): string {
  const sameYear = new Date(then).getFullYear() === new Date(now).getFullYear();
  return new Intl.DateTimeFormat(undefined, {
    month: "short",
    day: "numeric",
    ...(sameYear ? { hour: "2-digit", minute: "2-digit", hour12: false } : { year: "numeric" }),
  }).format(then);
}

/** The exact time in the reader's zone, with milliseconds and the zone's name. */
export function formatExactTime(time: string | number): string {
  const then = typeof time === "number" ? time : Date.parse(time);
  if (Number.isNaN(then)) return String(time);
  return new Intl.DateTimeFormat(undefined, {
    year: "numeric",
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    fractionalSecondDigits: 3,
    hour12: false,
    timeZoneName: "short",
  }).format(then);
}

/** A score's value: `0.87`, `true`, `correct`. */
export function formatScore(value: number | string | boolean | null): string {
  if (value === null) return NOTHING;
  return typeof value === "number" ? trimZeros(value.toFixed(4)) : String(value);
}

/** `1 trace`, `1,234 traces`. */
export function plural(count: number, noun: string): string {
  return `${formatExactCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** `512 B`, `3.4 kB`, `1.2 MB`: an amount of text. */
export function formatSize(characters: number): string {
  if (characters < 1000) return `${characters} B`;
  if (characters < 999_500) return `${trimZeros((characters / 1e3).toFixed(1))} kB`;
  return `${trimZeros((characters / 1e6).toFixed(1))} MB`;
}

function twoDigits(count: number): string {
  return String(count).padStart(2, "0");
}

function trimZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}
