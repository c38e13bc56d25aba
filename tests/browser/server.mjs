// The release binary on a free port with a fresh data directory, filled by its own `demo` command.

import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const BINARY = process.env.SPANSTONE_BINARY ?? join(process.env.CARGO_TARGET_DIR ?? "target", "release", "spanstone");

export const USER = { email: "ada@example.org", password: "open sesame 7" };
export const PROJECT = "northwind";

const ENVIRONMENT = {
  LANGFUSE_INIT_ORG_ID: "org",
  LANGFUSE_INIT_PROJECT_ID: PROJECT,
  LANGFUSE_INIT_PROJECT_NAME: "Northwind",
  LANGFUSE_INIT_PROJECT_PUBLIC_KEY: "pk-lf-browser",
  LANGFUSE_INIT_PROJECT_SECRET_KEY: "sk-lf-browser",
  LANGFUSE_INIT_USER_EMAIL: USER.email,
  LANGFUSE_INIT_USER_NAME: "Ada",
  LANGFUSE_INIT_USER_PASSWORD: USER.password,
};

// Starts the server and sends the demo's traces; `traces` maps what the demo says of a trace to its path.
export async function startDemo() {
  const directory = await mkdtemp(join(tmpdir(), "spanstone-browser-"));
  const address = `127.0.0.1:${await freePort()}`;
  const server = spawn(BINARY, ["serve", "--data-dir", directory, "--listen", address], {
    env: { ...process.env, ...ENVIRONMENT },
    stdio: ["ignore", "pipe", "inherit"],
  });
  await line(server.stdout, "listens on");
  const origin = `http://${address}`;
  const keys = ["--public-key", ENVIRONMENT.LANGFUSE_INIT_PROJECT_PUBLIC_KEY, "--secret-key", ENVIRONMENT.LANGFUSE_INIT_PROJECT_SECRET_KEY];
  const { stdout } = await promisify(execFile)(BINARY, ["demo", "--url", origin, ...keys]);
  const close = async () => {
    server.kill("SIGTERM");
    await new Promise((resolve) => server.once("exit", resolve));
    await rm(directory, { recursive: true });
  };
  return { origin, traces: tracesOf(stdout, origin), close };
}

function tracesOf(output, origin) {
  const lines = output.split("\n").map((text) => text.trim());
  const pairs = lines.map((text, index) => [lines[index - 1], text]).filter(([, text]) => text.startsWith(`${origin}/project/`));
  return new Map(pairs.map(([title, url]) => [title, url.slice(origin.length)]));
}

async function line(stream, wanted) {
  let seen = "";
  for await (const chunk of stream) {
    seen += chunk;
    if (seen.includes(wanted)) {
      stream.resume();
      return;
    }
  }
  throw new Error(`the server ended without saying \`${wanted}\`: ${seen}`);
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
