// Builds dist/: tsc's modules, the vendored ones, styles and page as they are, and the digest of the sources.
// With --check it builds elsewhere and fails when the committed dist/ differs in a single byte.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { filesBelow, sourcesDigest } from "./sources.mjs";
import { vendor } from "./vendor.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const DIST = join(ROOT, "dist");

if (process.argv.includes("--check")) check();
else build(DIST);

function build(dist) {
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  const tsc = join(ROOT, "node_modules", ".bin", "tsc");
  execFileSync(tsc, ["--project", ROOT, "--outDir", dist], { stdio: "inherit", shell: process.platform === "win32" });
  for (const path of filesBelow(ROOT, "src")) {
    if (!/\.tsx?$/.test(path)) copy(join(ROOT, path), join(dist, path.slice("src/".length)));
  }
  copy(join(ROOT, "index.html"), join(dist, "index.html"));
  vendor(readFileSync(join(ROOT, "index.html"), "utf8"), dist);
  writeFileSync(join(dist, "sources.digest"), `${sourcesDigest(ROOT)}\n`);
}

function copy(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to);
}

function check() {
  const fresh = mkdtempSync(join(tmpdir(), "spanstone-web-"));
  try {
    build(fresh);
    const differing = differences(fresh, DIST);
    if (differing.length === 0) return;
    console.error(`web/dist is not what the sources build; run \`npm run build\` in web/ and commit:\n  ${differing.join("\n  ")}`);
    process.exitCode = 1;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

function differences(fresh, committed) {
  const paths = new Set([...filesBelow(fresh, ""), ...filesBelow(committed, "")]);
  return [...paths].filter((path) => !sameFile(join(fresh, path), join(committed, path))).sort();
}

function sameFile(left, right) {
  try {
    return readFileSync(left).equals(readFileSync(right));
  } catch {
    return false;
  }
}
