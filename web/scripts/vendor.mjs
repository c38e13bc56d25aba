// Copies the third-party ES modules that index.html's import map names out of node_modules, one file each, with
// name, version and licence on their first line. The import map is the only list of them.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ASSETS = "/assets/";

/** Returns the import map of a page: `{ "preact": "/assets/vendor/preact.js", … }`. */
export function importMap(html) {
  const map = /<script type="importmap">([\s\S]*?)<\/script>/.exec(html);
  if (!map) throw new Error("index.html has no import map");
  return JSON.parse(map[1]).imports;
}

/** Writes every module of the import map, and the licences they came with, below `dist`. */
export function vendor(html, dist) {
  const licences = new Map();
  for (const [specifier, url] of Object.entries(importMap(html))) {
    if (!url.startsWith(ASSETS)) throw new Error(`the import map sends ${specifier} outside ${ASSETS}`);
    const file = fileURLToPath(import.meta.resolve(specifier));
    const from = packageOf(file);
    const target = join(dist, url.slice(ASSETS.length));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, banner(from) + withoutSourceMap(readFileSync(file, "utf8")));
    licences.set(from.name, licence(from));
  }
  writeFileSync(join(dist, "vendor", "licenses.txt"), [...licences.values()].join("\n\n"));
}

function packageOf(file) {
  let folder = dirname(file);
  while (!isPackageRoot(folder)) folder = dirname(folder);
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return { folder, name, version, license };
}

// Preact keeps a nameless-version package.json in each of its entry points.
function isPackageRoot(folder) {
  const manifest = join(folder, "package.json");
  return existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).version !== undefined;
}

function banner({ name, version, license }) {
  return `/* ${name} ${version}, ${license} licence: see licenses.txt */\n`;
}

function withoutSourceMap(text) {
  return `${text.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "").trimEnd()}\n`;
}

function licence({ folder, name, version }) {
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (!file) throw new Error(`${name} comes without a licence text`);
  const text = readFileSync(join(folder, file), "utf8").replaceAll("\r\n", "\n").trim();
  return `${name} ${version}\n${"=".repeat(name.length + version.length + 1)}\n\n${text}\n`;
}
