import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  describeRequiring,
  requireRedis,
  seededTelemetry,
  startRedis,
  temporaryDirectory,
  writeEventLog,
  type RedisServer,
  type TemporaryDirectory,
} from "@qsc-tooling/testkit";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { document, qsc } from "./support/qsc.js";

const BIN = fileURLToPath(new URL("../../bin/qsc.js", import.meta.url));
const GATE = ["quality-gate", "--mode", "canary", "--source", "file:long.ndjson"];

/** A `qsc worker` as a process of its own. */
interface WorkerProcess {
  readonly child: ChildProcess;
  /** What it has said so far. */
  readonly said: () => string;
  /** Its exit code. */
  readonly ended: Promise<number | null>;
}

describeRequiring(requireRedis(), "a long range, read by workers", () => {
  let home: TemporaryDirectory;
  let queue: RedisServer;
  const workers: WorkerProcess[] = [];

  beforeAll(async () => {
    home = await temporaryDirectory();
    const { entries } = seededTelemetry({ seed: 5, version: 2, count: 21_000, intervalMs: 1000 });
    await writeEventLog(join(home.path, "long.ndjson"), entries);
  });
  afterAll(() => home.remove());
  beforeEach(async () => {
    queue = await startRedis();
  });
  afterEach(async () => {
    for (const { child } of workers.splice(0)) child.kill("SIGKILL");
    await queue.stop();
  });

  /** Starts a worker, and waits until it is ready. */
  async function worker(...args: readonly string[]): Promise<WorkerProcess> {
    const all = [BIN, "worker", "--queue", queue.url, "--source", "file:long.ndjson", ...args];
    const child = spawn(process.execPath, all, { cwd: home.path, stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    const ready = new Promise<void>((resolve, reject) => {
      child.once("error", reject);
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        said += text;
        if (said.includes("Reads file:")) resolve();
      });
      child.once("close", () => {
        reject(new Error(`the worker ended: ${said}`));
      });
    });
    const one = { child, said: () => said, ended };
    workers.push(one);
    await ready;
    return one;
  }

  test("is judged as by one process, by every command that takes --queue", async () => {
    const [first, second] = [await worker(), await worker()];
    const commands = [
      GATE,
      ["scoreboard", "--source", "file:long.ndjson"],
      ["diagnose", "--source", "file:long.ndjson"],
    ];
    for (const command of commands) {
      const [spread, alone] = await Promise.all(
        [[...command, "--queue", queue.url, "--parts", "5"], command].map(async (args) => {
          const { judgedAt, digest, ...rest } = await document(args, { cwd: home.path });
          expect([typeof judgedAt, typeof digest]).toEqual(["string", "string"]);
          return rest;
        }),
      );
      expect(spread).toEqual(alone);
    }
    expect(`${first.said()}${second.said()}`.match(/Part \d of 5.*read\./g)).toHaveLength(15);
    first.child.kill("SIGTERM");
    expect(await first.ended).toBe(0);
  });

  test("says how many parts were read, and nothing else than the verdict when quiet", async () => {
    await worker();
    const told = await qsc([...GATE, "--queue", queue.url, "--parts", "3"], { cwd: home.path });
    expect(told).toMatchObject({ code: 0, err: expect.stringContaining("3 of 3 parts read by 1 worker\n") as string });
    expect(told.err).not.toContain("ioredis");
    const quiet = await qsc([...GATE, "--queue", queue.url, "--quiet"], { cwd: home.path });
    expect(quiet).toEqual({ code: 0, out: "", err: "" });
  });

  test("is unknown if it is interrupted, and the queue has no part of it left", async () => {
    const { child } = await worker();
    child.kill("SIGSTOP");
    const gate = spawn(process.execPath, [BIN, ...GATE, "--queue", queue.url], { cwd: home.path, stdio: "ignore" });
    const ended = new Promise<number | null>((resolve) => gate.once("close", resolve));
    const client = new Redis(queue.url);
    try {
      while ((await client.llen("qsc:parts:wait")) === 0) await new Promise((resolve) => setImmediate(resolve));
      gate.kill("SIGINT");
      expect(await ended).toBe(2);
      const left = await client.keys("qsc:*");
      expect(left.filter((key) => /join|parts:(?:wait|active|\d)|runs|:\d+$/.test(key))).toEqual([]);
    } finally {
      client.disconnect();
      gate.kill("SIGKILL");
    }
  });

  test.each([
    [["--parts", "4"], "--parts has no effect without --queue"],
    [["--deadline", "1m"], "--deadline has no effect without --queue"],
    [["--queue", "redis://127.0.0.1:1", "--threads", "2"], "--threads and --queue exclude each other"],
    [["--queue", "redis://127.0.0.1:1", "--count", "9"], "--count and --queue exclude each other"],
    [["--queue", "redis://127.0.0.1:1", "--parts", "1"], "--parts '1' is not a number of parts"],
    [["--queue", "redis://127.0.0.1:1", "--deadline", "soon"], "--deadline"],
    [["--queue", "http://user:hunter2@x"], "The queue is not the URL of a Redis"],
  ])("%j is refused", async (args, words) => {
    const { code, err } = await qsc([...GATE, ...args], { cwd: home.path });
    expect([code, err]).toEqual([1, expect.stringContaining(words)]);
    expect(err).not.toContain("hunter2");
  });

  test("is not judged without workers, or without the queue", async () => {
    const alone = await qsc([...GATE, "--queue", queue.url], { cwd: home.path });
    expect([alone.code, alone.err]).toEqual([2, expect.stringContaining("[no_workers] No worker takes parts from")]);
    const none = await qsc([...GATE, "--queue", "redis://127.0.0.1:1"], { cwd: home.path });
    expect([none.code, none.err]).toEqual([2, expect.stringContaining("[queue_failed] The queue redis://127.0.0.1:1")]);
    const worker = await qsc(["worker", "--queue", "redis://127.0.0.1:1"], { cwd: home.path });
    expect([worker.code, worker.err]).toEqual([2, expect.stringContaining("[queue_failed]")]);
    const unnamed = await qsc(["worker"], { cwd: home.path });
    expect([unnamed.code, unnamed.err]).toEqual([1, expect.stringContaining("name its Redis with --queue")]);
  });
});
