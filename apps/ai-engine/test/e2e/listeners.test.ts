import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryDirectory } from "@qsc-tooling/testkit";
import { expect, test } from "vitest";
import { PATIENCE, startEngine } from "./support/engine.js";
import { readIntents } from "./support/intents.js";

/** Sends what a client writes. Returns the first line of the answer; empty if the connection was just closed. */
async function ask(port: string, request: string): Promise<string> {
  const socket = connect(Number(port), "127.0.0.1");
  const said: Buffer[] = [];
  socket.on("data", (bytes) => said.push(bytes)).on("error", () => undefined);
  socket.write(request);
  await once(socket, "close");
  return Buffer.concat(said).toString().split("\r\n", 1)[0] ?? "";
}

test("no request ends the engine, however strange its path", async () => {
  await using directory = await temporaryDirectory();
  await using engine = startEngine({
    FEATURE_SOURCE: "synthetic:?rate=20",
    INTENT_SINK: `file:${join(directory.path, "intents.ndjson")}`,
  });
  const { port } = new URL(await engine.url());
  for (const path of ["//", "///", "//[", "http://[", "*", "/%", "//a:b:c", `/${"x".repeat(9000)}`]) {
    expect(await ask(port, `GET ${path} HTTP/1.1\r\nhost: engine\r\nconnection: close\r\n\r\n`), path).toMatch(
      /^HTTP\/1\.1 4\d\d /,
    );
  }
  await ask(port, "not HTTP at all\r\n\r\n");
  // It may not have been ready before: a slow machine loads its models while it answers these.
  await expect.poll(async () => (await engine.health()).status, PATIENCE).toBe(200);
  engine.signal("SIGTERM");
  expect(await engine.exited).toBe(0);
});

test.each([
  ["has lost its reader", ["pipe"]],
  ["is full", ["file"]],
])("an engine whose log %s keeps deciding", async (_, [kind]) => {
  await using directory = await temporaryDirectory();
  const sink = join(directory.path, "intents.ndjson");
  const bin = fileURLToPath(new URL("../../bin/ai-engine.js", import.meta.url));
  const settings = {
    BINANCE_TESTNET: "true",
    AI_ENGINE_BUILD: "test",
    HEALTH_PORT: "0",
    FEATURE_SOURCE: "synthetic:?rate=50",
    INTENT_SINK: `file:${sink}`,
  };
  const full = ["-c", `exec ${process.execPath} ${bin} > /dev/full`];
  const env = { PATH: process.env["PATH"] ?? "", ...settings };
  const child =
    kind === "pipe"
      ? spawn(process.execPath, [bin], { env, stdio: ["ignore", "pipe", "ignore"] })
      : spawn("sh", full, { env, stdio: ["ignore", "pipe", "ignore"] });
  try {
    child.stdout.destroy();
    const ended = once(child, "close");
    await expect
      .poll(async () => (await readIntents(`file:${sink}`).catch(() => [])).length, PATIENCE)
      .toBeGreaterThan(20);
    child.kill("SIGTERM");
    expect((await ended)[0]).toBe(0);
  } finally {
    child.kill("SIGKILL");
  }
});
