import { join } from "node:path";
import { temporaryDirectory } from "@qsc-tooling/testkit";
import { describe, expect, test } from "vitest";
import { entriesOf, startEngine } from "./support/engine.js";
import { readIntents } from "./support/intents.js";

test("without the test network the engine does not start, and says why in a sentence", async () => {
  await using engine = startEngine({ BINANCE_TESTNET: "" });
  expect(await engine.exited).toBe(1);
  expect(engine.stderr).toContain("the engine refuses to trade on a live market. Set BINANCE_TESTNET=true");
  expect(engine.lines).toEqual([]);
});

test("--help prints the usage, and any other argument is an error", async () => {
  await using help = startEngine({ BINANCE_TESTNET: "" }, ["--help"]);
  expect(await help.exited).toBe(0);
  expect(help.lines[0]).toBe("Usage: ai-engine");
  await using odd = startEngine({}, ["--port", "9464"]);
  expect(await odd.exited).toBe(1);
  expect(odd.stderr).toBe(
    "ai-engine takes no arguments, but was given '--port'; set environment variables instead, see ai-engine --help.\n",
  );
  expect(odd.lines).toEqual([]);
});

test("all wrong settings are listed at once", async () => {
  await using engine = startEngine({ QUORUM: "9", HEALTH_PORT: "x", INTENT_SINK: "gopher://x" });
  expect(await engine.exited).toBe(1);
  expect(engine.stderr.trimEnd().split("\n")).toHaveLength(4);
});

test("even those that concern its host, before a model is loaded", async () => {
  await using engine = startEngine({
    MODELS_DIR: "/nonexistent",
    REDIS_CA: "/nonexistent.pem",
    INTENT_SINK: "file:/nonexistent/intents.ndjson",
    FEATURE_SOURCE: "foo",
  });
  expect(await engine.exited).toBe(1);
  const [, ...sentences] = engine.stderr.trimEnd().split("\n");
  expect(sentences.map((sentence) => sentence.split(/[ :]/, 1)[0])).toEqual([
    "MODELS_DIR",
    "FEATURE_SOURCE",
    "INTENT_SINK",
    "REDIS_CA",
  ]);
  expect(engine.lines).toEqual([]);
});

test("SIGHUP while the models are still loading reloads them afterwards", async () => {
  await using directory = await temporaryDirectory();
  await using engine = startEngine({
    FEATURE_SOURCE: "synthetic:?rate=10",
    INTENT_SINK: `file:${join(directory.path, "intents.ndjson")}`,
  });
  await engine.line("AI_ENGINE_BUILD");
  engine.signal("SIGHUP");
  await engine.line("loading the models again");
  engine.signal("SIGTERM");
  expect(await engine.exited).toBe(0);
});

test("the weights of a canary reach the telemetry", async () => {
  await using directory = await temporaryDirectory();
  const sink = `file:${join(directory.path, "intents.ndjson")}`;
  const weights = { xgb: 0.3, patchtst: 0.1, nhits: 0.3, dlinear: 0.3 };
  await using engine = startEngine({
    FEATURE_SOURCE: "synthetic:?rows=5",
    INTENT_SINK: sink,
    QSC_CANARY_MODEL: "patchtst",
    QSC_CANARY_WEIGHT: "0.1",
    QSC_CANARY_WEIGHTS: JSON.stringify(weights),
  });
  expect(await engine.exited).toBe(0);
  for (const { engine: identity } of await readIntents(sink)) {
    expect(identity).toMatchObject({ build: "test-build", canary: { model: "patchtst", weight: 0.1 } });
    expect(Object.fromEntries(identity?.weights ?? [])).toEqual(weights);
  }
});

describe("limits of trading", () => {
  test("limit what is traded, while every decision is in the telemetry", async () => {
    await using directory = await temporaryDirectory();
    const sink = `file:${join(directory.path, "intents.ndjson")}`;
    await using engine = startEngine({
      FEATURE_SOURCE: "synthetic:?rows=600&seed=5",
      INTENT_SINK: sink,
      MAX_SIGNALS_PER_MINUTE: "7",
      SYMBOL_COOLDOWN_SECONDS: "0",
    });
    expect(await engine.exited).toBe(0);
    const intents = await readIntents(sink);
    expect(intents).toHaveLength(600);
    const { readFile } = await import("node:fs/promises");
    const lines = (await readFile(join(directory.path, "intents.ndjson"), "utf8")).trimEnd().split("\n");
    const trades = lines.map((line) => {
      const { fields } = JSON.parse(line) as { fields: Record<string, string> };
      return (JSON.parse(fields["payload"] ?? "") as { trade: { signal: boolean; withheld: string | null } }).trade;
    });
    expect(trades.filter(({ signal }) => signal)).toHaveLength(7);
    expect(new Set(trades.map(({ withheld }) => withheld))).toEqual(new Set([null, "hold", "max_signals_per_minute"]));
  });
});

test("a followed feed that does not exist yet is awaited; a finite one is refused", async () => {
  await using directory = await temporaryDirectory();
  const settings = {
    FEATURE_SOURCE: `file:${join(directory.path, "none.ndjson")}`,
    INTENT_SINK: `file:${join(directory.path, "intents.ndjson")}`,
  };
  await using finite = startEngine({ ...settings, FEATURE_FOLLOW: "false" });
  expect(await finite.exited).toBe(2);
  expect(finite.stderr).toContain("none.ndjson");
  await using following = startEngine(settings);
  await following.line("features cannot be read");
  following.signal("SIGTERM");
  expect(await following.exited).toBe(0);
  expect(entriesOf(following.lines).at(-1)).toMatchObject({ msg: "the engine ends", undelivered: 0 });
});
