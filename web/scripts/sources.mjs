// The digest of everything dist/ is made from. `crates/web/build.rs` computes the same to tell a stale dist: keep
// the two in step.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const FILES = ["index.html", "package-lock.json", "package.json", "tsconfig.json"];
const FOLDERS = ["scripts", "src"];

/** Returns the SHA-256, in hex, over path, length and bytes of every source below `root`, in order of path. */
export function sourcesDigest(root) {
  const paths = [...FILES, ...FOLDERS.flatMap((folder) => filesBelow(root, folder))].sort(byBytes);
  const hash = createHash("sha256");
  for (const path of paths) {
    const bytes = readFileSync(join(root, path));
    hash.update(`${path}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest("hex");
}

function byBytes(left, right) {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

/** Returns the paths of all files in a folder below `root`, with `/` between their parts. */
export function filesBelow(root, folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesBelow(root, path) : [path];
  });
}
