import { once } from "node:events";
import { createServer } from "node:net";
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import {
  describeRequiring,
  requireRedis,
  seededTelemetry,
  startCluster,
  startRedis,
  startSentinel,
  temporaryDirectory,
  writeStream,
  type TemporaryDirectory,
} from "@qsc-tooling/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { qsc } from "./support/qsc.js";

const BIN = fileURLToPath(new URL("../../bin/qsc.js", import.meta.url));
const GATE = ["quality-gate", "--mode", "canary"];

/** Runs qsc against a server that accepts connections but never answers, and signals it as soon as it has connected. */
async function signalledWhileConnecting(
  args: readonly string[],
  { scheme, path, signal, cwd }: { scheme: string; path: string; signal: NodeJS.Signals; cwd: string },
) {
  const mute = createServer((socket) => socket.on("error", () => undefined));
  await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
  const address = mute.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const child = spawn(process.execPath, [BIN, ...args, "--source", `${scheme}127.0.0.1:${port}${path}`], {
    cwd,
    env: { PATH: process.env["PATH"] ?? "", HOME: cwd },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let err = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  mute.once("connection", () => child.kill(signal));
  const [code] = (await once(child, "close")) as [number | null];
  mute.close();
  return { code, err };
}

let directory: TemporaryDirectory;
beforeAll(async () => {
  directory = await temporaryDirectory();
});
afterAll(() => directory.remove());

describe("a signal while qsc connects ends it at once", () => {
  test.each([
    [GATE, "redis://:pw@", "", "SIGTERM"],
    [GATE, "redis://:pw@", "", "SIGINT"],
    [GATE, "redis://", "", "SIGTERM"],
    [GATE, "rediss://", "", "SIGTERM"],
    [GATE, "redis+sentinel://", "/engine", "SIGTERM"],
    [GATE, "redis+cluster://", "", "SIGTERM"],
    [[...GATE, "--wait"], "redis://:pw@", "", "SIGTERM"],
    [["feature-sanity"], "redis://:pw@", "", "SIGTERM"],
    [["scoreboard"], "redis://:pw@", "", "SIGTERM"],
    [["diagnose"], "redis://:pw@", "", "SIGTERM"],
    [["status", "--services", "child:."], "redis://:pw@", "", "SIGTERM"],
    [["preflight", "--services", "child:.", "--repo", "none"], "redis://:pw@", "", "SIGTERM"],
  ] as const)("%s %s %s %s", async (args, scheme, path, signal) => {
    const { code, err } = await signalledWhileConnecting(args, { scheme, path, signal, cwd: directory.path });
    expect(code).toBe(2);
    expect(err).toMatch(/qsc: \[interrupted\] Interrupted [^\n]+\.\n$/);
  });
});

describeRequiring(requireRedis(), "the gate reads past what is stopped", () => {
  const KEY = "quantum:stream:trade.intent";
  const live = () => seededTelemetry({ count: 250, intervalMs: 1000, startMs: Date.now() - 250_000 }).entries;

  test("one sentinel of three", async () => {
    await using redis = await startRedis();
    await writeStream(redis.url, KEY, live());
    const options = { master: "engine", masterPort: redis.port };
    await using first = await startSentinel(options);
    await using second = await startSentinel(options);
    await using third = await startSentinel(options);
    first.pause();
    const hosts = [first, second, third].map(({ port }) => `127.0.0.1:${port}`).join(",");
    expect(await qsc([...GATE, "--source", `redis+sentinel://${hosts}/engine`], { cwd: directory.path })).toMatchObject(
      { code: 0, err: "" },
    );
  });

  test("a cluster's node that does not have the stream", async () => {
    await using cluster = await startCluster(3);
    const owner = await cluster.ownerOf(KEY);
    await writeStream(owner.url, KEY, live());
    for (const other of cluster.nodes.filter((node) => node !== owner)) {
      other.pause();
      expect(await qsc([...GATE, "--source", cluster.url], { cwd: directory.path })).toMatchObject({
        code: 0,
        err: "",
      });
      other.resume();
    }
  });
});
