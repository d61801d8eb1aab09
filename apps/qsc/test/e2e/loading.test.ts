import { randomUUID } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  describeRequiring,
  requireRedis,
  seededTelemetry,
  startRedis,
  temporaryDirectory,
  writeEventLog,
  writeStream,
  type RedisServer,
  type TemporaryDirectory,
} from "@qsc-tooling/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { qsc } from "./support/qsc.js";

const MODULE_LOG = new URL("support/module-log.js", import.meta.url).href;
const BUNDLE = new URL("../../bundle/", import.meta.url).href;
const GATE = ["quality-gate", "--mode", "canary"];

/** The package that acts on a unit, and starts every process. */
const UNITS = ["@qsc/systemd"];
/** Modules that read a policy, a setting or a canary's state. */
const READERS = ["mathjs", "yaml", "zod"];
/** What notifications need. */
const NOTIFIERS = ["@qsc/notify", "nodemailer", "standardwebhooks"];

const { entries } = seededTelemetry({ count: 300, intervalMs: 1000 });
let directory: TemporaryDirectory;

beforeAll(async () => {
  directory = await temporaryDirectory();
  await writeEventLog(join(directory.path, "healthy.ndjson"), entries);
});
afterAll(() => directory.remove());

/** The packages from which a run of the command line loads a module. */
async function packagesOf(...args: readonly string[]): Promise<readonly string[]> {
  const log = join(directory.path, `${randomUUID()}.log`);
  const { code, err } = await qsc(args, {
    cwd: directory.path,
    env: { NODE_OPTIONS: `--import=${MODULE_LOG}`, MODULE_LOG: log },
  });
  expect({ code, err }).not.toEqual({ code: 1, err });
  const urls = (await readFile(log, "utf8")).split("\n").filter((url) => url.startsWith("file:"));
  const modules = await Promise.all(urls.map(async (url) => (url.startsWith(BUNDLE) ? modulesIn(url) : [url])));
  return [...new Set(modules.flat().flatMap(packageOf))].sort();
}

/** The modules that a file of the bundle consists of: each begins with a comment that names it. */
async function modulesIn(url: string): Promise<readonly string[]> {
  const text = await readFile(new URL(url), "utf8");
  return [...text.matchAll(/^\/\/ (\.\.\/.*\.js)$/gm)].map(([, path = ""]) => path);
}

/** `@qsc/stats` for a module of packages/stats, `zod` for an installed one. */
function packageOf(path: string): readonly string[] {
  const [, installed, own] = /^.*(?:\/node_modules\/((?:@[^/]+\/)?[^/]+)|\/packages\/([^/]+)\/dist)\//.exec(path) ?? [];
  if (own !== undefined) return [`@qsc/${own}`];
  return installed === undefined ? [] : [installed];
}

function expectNone(packages: readonly string[], loaded: readonly string[]): void {
  expect(loaded.filter((name) => packages.includes(name))).toEqual([]);
}

describe("what a run loads", () => {
  test("--version: only itself", async () => {
    expect(await packagesOf("--version")).toEqual([]);
  });

  test.each([[["--help"]], [["quality-gate", "--help"]], [["deploy", "--help"]]])(
    "%j: what words need",
    async (args) => {
      const loaded = await packagesOf(...args);
      expect(loaded).toContain("yargs");
      expectNone([...UNITS, ...READERS, "ioredis", "@qsc/rollout", "@qsc/stream-reader", "@qsc/violations"], loaded);
    },
  );

  test.each([[GATE], [["scoreboard"]], [["feature-sanity"]], [["diagnose"]]])(
    "%j of a log: only what judges it",
    async (command) => {
      const loaded = await packagesOf(...command, "--source", "file:healthy.ndjson");
      expect(loaded).toEqual(
        ["contract", "report", "rollout", "stats", "stream-reader", "violations"].map((name) => `@qsc/${name}`),
      );
    },
  );

  test("a command that acts on a unit: what acts on it", async () => {
    const loaded = await packagesOf("status", "--services", `child:${directory.path}`);
    expect(loaded).toEqual(expect.arrayContaining(UNITS));
    expectNone(NOTIFIERS, loaded);
  });

  test("a rollback: nothing that notifies, even if the settings name channels", async () => {
    const config = join(directory.path, "channels.json");
    const hook = { kind: "webhook", url: "https://hooks.example.com/", secret: "env:HOOK" };
    await writeFile(config, JSON.stringify({ notify: { channels: { hook } } }));
    const settings = ["--services", `child:${directory.path}`, "--workdir", directory.path, "--config", config];
    expectNone(NOTIFIERS, await packagesOf("rollback", ...settings));
    const status = await packagesOf("status", ...settings);
    expect(status).toContain("@qsc/notify");
    expectNone(["nodemailer", "standardwebhooks"], status);
  });
});

describeRequiring(requireRedis(), "what a run on a real Redis loads", () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
    await writeStream(redis.url, "loading", entries);
  });
  afterAll(() => redis.stop());

  test("quality-gate: a client, no parser, and nothing that acts on a unit", async () => {
    const loaded = await packagesOf(...GATE, "--source", redis.url, "--stream", "loading");
    expect(loaded).toContain("ioredis");
    expectNone([...UNITS, ...READERS, "yargs"], loaded);
  });
});
