// What of a client's answer differs from what the API's JSON says.

const DIGITS = 1e-9;
const SMALLEST = 1e-15;
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isText = (value) => typeof value === "string";

/** Texts, and things with ids, may come in any order. */
function inAnyOrder(all, part) {
  if (all.every(isText)) return part.toSorted();
  if (all.every((item) => isObject(item) && isText(item.id))) return part.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return part;
}

/** Returns one line per difference. A key that ends in `~` need only contain what is expected. */
export function differences(read, expected, where = "") {
  if (isObject(expected) && isObject(read)) {
    return Object.entries(expected).flatMap(([key, value]) => {
      if (!key.endsWith("~")) return differences(read[key] ?? null, value, `${where}.${key}`);
      const held = read[key.slice(0, -1)] ?? {};
      const part = Object.fromEntries(Object.keys(value).map((name) => [name, held[name]]));
      return differences(part, value, `${where}.${key}`);
    });
  }
  if (Array.isArray(expected) && Array.isArray(read)) {
    if (read.length !== expected.length) return [`${where}: ${read.length} instead of ${expected.length}`];
    const [left, right] = [read, expected].map((part) => inAnyOrder([...read, ...expected], part));
    return right.flatMap((value, at) => differences(left[at], value, `${where}[${at}]`));
  }
  if (typeof read === "number" && typeof expected === "number") {
    const near = Math.abs(read - expected) <= DIGITS * Math.abs(expected) + SMALLEST;
    return near ? [] : [`${where}: ${read} instead of ${expected}`];
  }
  return Object.is(read, expected) ? [] : [`${where}: ${JSON.stringify(read)} instead of ${JSON.stringify(expected)}`];
}
