// What the generated clients of the fourth and fifth generation can call, found in the clients themselves.

const isResource = (value) => typeof value === "object" && value !== null && Object.getPrototypeOf(value) !== Object.prototype;

/** Returns the paths of all methods below a generated client. */
export function generatedMethods(resource, path) {
  const members = Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(resource)));
  return members.flatMap(([name, member]) => {
    if (name === "constructor" || name.startsWith("_")) return [];
    if (member.get === undefined) return [`${path}.${name}`];
    const part = resource[name];
    return isResource(part) ? generatedMethods(part, `${path}.${name}`) : [];
  });
}

/** Returns the query parameters that a generated method takes out of its request. */
export function generatedParameters(api, path) {
  const parts = path.split(".").slice(1);
  const owner = parts.slice(0, -1).reduce((object, part) => object[part], api);
  const source = owner[`__${parts.at(-1)}`].toString();
  const taken = /const \{([^}]*)\} = request;/.exec(source);
  if (taken !== null) return new Set(taken[1].split(",").map((one) => one.split(":")[0].trim()).filter(Boolean));
  if (/^async __\w+\(([^)]*\brequest\b)/.test(source)) throw new Error(`no parameters found in ${path}: ${source.slice(0, 500)}`);
  return new Set();
}

/** Returns what a generated client threw: its status and the message of the answer. */
export async function thrownBy(call) {
  try {
    await call();
  } catch (error) {
    return { status: error.statusCode, message: error.body?.message ?? String(error) };
  }
  throw new Error("nothing was thrown");
}
