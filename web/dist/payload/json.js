// JSON as it was stored: reading it without losing digits, and writing it back. Pure.
export function isObject(value) {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
export function isArray(value) {
    return Array.isArray(value);
}
/** Returns what a text says as JSON, or undefined when it is not JSON. */
export function parseJson(text) {
    if (!couldBeJson(text))
        return undefined;
    try {
        return LONG_NUMBER.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text);
    }
    catch {
        return undefined;
    }
}
const LONG_NUMBER = /\d{16}/;
const INTEGER = /^-?\d+$/;
// Browsers since 2024 tell a reviver the number's own text; older ones show the rounded number.
function keepDigits(_key, value, context) {
    const source = context?.source;
    if (typeof value !== "number" || source === undefined || Number.isSafeInteger(value))
        return value;
    return INTEGER.test(source) ? BigInt(source) : value;
}
function couldBeJson(text) {
    const first = /^\s*(\S)/.exec(text)?.[1];
    return first !== undefined && '{["-0123456789tfn'.includes(first);
}
/** Returns what a text says as JSON when that is an object or an array, or undefined. */
export function parseContainer(text) {
    const first = /^\s*(\S)/.exec(text)?.[1];
    return first === "{" || first === "[" ? parseJson(text) : undefined;
}
/** Returns a value as indented JSON. */
export function printJson(value) {
    return print(value, "");
}
function print(value, indent) {
    if (typeof value === "bigint")
        return String(value);
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
function enclose(open, lines, close) {
    return lines.length === 0 ? open + close.trimStart() : `${open}\n${lines.join(",\n")}\n${close}`;
}
/** Whether there is nothing to show: null, or nothing in it. */
export function isEmpty(value) {
    if (isArray(value))
        return value.length === 0;
    return isObject(value) ? Object.keys(value).length === 0 : value === null || value === "";
}
/** Takes a value that `JSON.parse` made (metadata, model parameters) for what it is. */
export function asJson(value) {
    return value === undefined ? null : value;
}
