// JSON as it was stored: reading it without losing digits, and writing it back. Pure.

/** A JSON value; an integer beyond a double's reach is a bigint. */
export type Json = null | boolean | number | bigint | string | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: Json;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** Returns what a text says as JSON, or undefined when it is not JSON. */
export function parseJson(text: string): Json | undefined {
  if (!couldBeJson(text)) return undefined;
  try {
    return LONG_NUMBER.test(text) ? (JSON.parse(text, keepDigits) as Json) : (JSON.parse(text) as Json);
  } catch {
    return undefined;
  }
}

const LONG_NUMBER = /\d{16}/;
const INTEGER = /^-?\d+$/;

// Browsers since 2024 tell a reviver the number's own text; older ones show the rounded number.
function keepDigits(this: unknown, _key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== "number" || source === undefined || Number.isSafeInteger(value)) return value;
  return INTEGER.test(source) ? BigInt(source) : value;
}

function couldBeJson(text: string): boolean {
  const first = /^\s*(\S)/.exec(text)?.[1];
  return first !== undefined && '{["-0123456789tfn'.includes(first);
}

/** Returns what a text says as JSON when that is an object or an array, or undefined. */
export function parseContainer(text: string): Json | undefined {
  const first = /^\s*(\S)/.exec(text)?.[1];
  return first === "{" || first === "[" ? parseJson(text) : undefined;
}

/** Returns a value as indented JSON. */
export function printJson(value: Json): string {
  return print(value, "");
}

function print(value: Json, indent: string): string {
  if (typeof value === "bigint") return String(value);
  const inner = `${indent}  `;
  if (isArray(value)) {
    return enclose("[", value.map((item) => inner + print(item, inner)), `${indent}]`);
  }
  if (isObject(value)) {
    const members = Object.entries(value).map(([key, item]) => `${inner}${JSON.stringify(key)}: ${print(item, inner)}`);
    return enclose("{", members, `${indent}}`);
  }
  return JSON.stringify(value);
}

function enclose(open: string, lines: readonly string[], close: string): string {
  return lines.length === 0 ? open + close.trimStart() : `${open}\n${lines.join(",\n")}\n${close}`;
}

/** Whether there is nothing to show: null, or nothing in it. */
export function isEmpty(value: Json): boolean {
  if (isArray(value)) return value.length === 0;
  return isObject(value) ? Object.keys(value).length === 0 : value === null || value === "";
}

/** Takes a value that `JSON.parse` made (metadata, model parameters) for what it is. */
export function asJson(value: unknown): Json {
  return value === undefined ? null : (value as Json);
}
