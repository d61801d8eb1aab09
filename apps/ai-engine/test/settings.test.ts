import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { QscError } from "@qsc/contract";
import { selfSignedCertificate, temporaryDirectory } from "@qsc-tooling/testkit";
import { describe, expect, test } from "vitest";
import { readSettings, tlsFor } from "../src/settings/settings.js";
import { environmentTemplate } from "../src/settings/env-template.js";
import { PRESETS } from "../src/settings/table.js";
import { assertNoArguments, usage } from "../src/usage.js";

const TESTNET = { BINANCE_TESTNET: "true" };
const MODELS = { MODELS: "xgb,patchtst,nhits,dlinear" };
const canary = (weights: object, model: string, weight: string) => ({
  QSC_CANARY_WEIGHTS: JSON.stringify(weights),
  QSC_CANARY_MODEL: model,
  QSC_CANARY_WEIGHT: weight,
});
const WEIGHTS = { xgb: 0.3, patchtst: 0.1, nhits: 0.3, dlinear: 0.3 };

async function refusal(env: Readonly<Record<string, string>>): Promise<string> {
  const error = await readSettings(env).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(QscError);
  expect((error as QscError).code).toBe("invalid_config");
  return (error as QscError).message;
}

test("the defaults are complete", async () => {
  const settings = await readSettings(TESTNET);
  expect(settings).toMatchObject({
    models: ["xgb", "patchtst", "nhits", "dlinear"],
    quorum: 3,
    signalsPerMinute: 60,
    cooldownSeconds: 10,
    intentStream: "quantum:stream:trade.intent",
    featureFollow: true,
    featureStart: "latest",
    healthPort: 9464,
    canary: null,
    build: expect.stringMatching(/^[\da-f]{40}/) as string,
  });
  expect([...settings.weights.values()]).toEqual([0.25, 0.25, 0.25, 0.25]);
});

describe("the market", () => {
  test.each([
    [{}, "not set"],
    [{ BINANCE_TESTNET: "false" }, "'false'"],
    [{ BINANCE_TESTNET: "TRUE" }, "'TRUE'"],
    [{ BINANCE_TESTNET: "" }, "''"],
    [{ ALLOW_LIVE_TRADING: "yes" }, "not set"],
  ])("without the test network the engine refuses, in a sentence: %o", async (env, found) => {
    expect(await refusal(env)).toContain(
      `BINANCE_TESTNET is ${found}: the engine refuses to trade on a live market. Set BINANCE_TESTNET=true`,
    );
  });

  test("a live market must be allowed explicitly", async () => {
    await expect(readSettings({ ALLOW_LIVE_TRADING: "true" })).resolves.toBeDefined();
  });
});

test("all wrong settings are listed at once", async () => {
  const message = await refusal({
    HEALTH_PORT: "70000",
    MAX_SIGNALS_PER_MINUTE: "-1",
    SYMBOL_COOLDOWN_SECONDS: "ten",
    FEATURE_FOLLOW: "yes",
    FEATURE_START: "now",
    QUORUM: "5",
    LOG_LEVEL: "loud",
    FEATURE_SOURCE: "synthetic:?speed=3",
    MODEL_WEIGHTS_FILE: "/nowhere/weights.json",
    INTENT_SINK: "http://example.org",
    ...canary({ ...WEIGHTS, xgb: 0.4 }, "patchtst", "0.1"),
  });
  const lines = message.split("\n");
  expect(lines[0]).toBe("The engine does not start: 12 settings to fix.");
  for (const name of [
    "BINANCE_TESTNET",
    "HEALTH_PORT is '70000'",
    "MAX_SIGNALS_PER_MINUTE is '-1'",
    "SYMBOL_COOLDOWN_SECONDS is 'ten'",
    "FEATURE_FOLLOW is 'yes'",
    "FEATURE_START is 'now'",
    "QUORUM is 5, but there are 4 models",
    "LOG_LEVEL is 'loud'",
    "unknown option 'speed'",
    "/nowhere/weights.json",
    "QSC_CANARY_WEIGHTS",
    "http://example.org",
  ]) {
    expect(
      lines.filter((line) => line.includes(name)),
      name,
    ).toHaveLength(1);
  }
  expect(lines).toHaveLength(13);
});

test.each([
  [{ MODELS: "xgb,xgb" }, "MODELS contains 'xgb' twice"],
  [{ MODELS: "xgb,,nhits" }, "MODELS contains ''"],
  [{ MODELS: "xgb,../etc" }, "MODELS contains '../etc'"],
  [{ FEATURE_SOURCE: "synthetic:?rate=0" }, "FEATURE_SOURCE (rate) is '0'"],
  [{ FEATURE_SOURCE: "synthetic:?symbols=A,A" }, "FEATURE_SOURCE (symbols) contains 'A' twice"],
  [{ FEATURE_SOURCE: "redis:/x" }, "'redis:***' cannot be used: it is not a URL"],
  [{ MODEL_TIME_LIMIT_MS: "0" }, "MODEL_TIME_LIMIT_MS is '0'"],
  [{ INTENT_BUFFER: "1e3" }, "INTENT_BUFFER is '1e3'"],
  ...["0", "0.5", "-1", "NaN", "Infinity", "5m", "31536001", "1e3"].map((text): [Record<string, string>, string] => [
    { FEATURE_MAX_AGE_SECONDS: text },
    `FEATURE_MAX_AGE_SECONDS is '${text}'; write a number from 1 to 31536000.`,
  ]),
  [{ FEATURE_SOURCE: "foo" }, "FEATURE_SOURCE: 'foo' does not name a source; write redis://"],
  [{ INTENT_SINK: "foo" }, "INTENT_SINK: 'foo' does not name a source; write redis://"],
  [
    { INTENT_SINK: "file:/nowhere/at/all/intents.ndjson" },
    "INTENT_SINK is 'file:/nowhere/at/all/intents.ndjson', but there is no directory '/nowhere/at/all'",
  ],
  [{ MODELS_DIR: "/nonexistent" }, "MODELS_DIR is '/nonexistent', which is not a readable directory"],
  [{ MODELS_DIR: "/etc/hostname" }, "MODELS_DIR is '/etc/hostname', which is not a readable directory"],
  [
    { REDIS_CA: "/nonexistent.pem", INTENT_SINK: "rediss://127.0.0.1:1" },
    "REDIS_CA is '/nonexistent.pem', which cannot be read as a certificate (ENOENT",
  ],
  [
    { REDIS_CA: "/etc/hostname", INTENT_SINK: "rediss://127.0.0.1:1" },
    "REDIS_CA is '/etc/hostname', which cannot be read as a certificate",
  ],
])("%o is refused", async (env, sentence) => {
  expect(await refusal({ ...TESTNET, ...env })).toContain(sentence);
});

test("a password in a source is never shown", async () => {
  expect(await refusal({ ...TESTNET, INTENT_SINK: "redis://user:geheim@host:notaport" })).not.toContain("geheim");
});

test("an empty variable counts as unset, except for the keys that models must be signed with", async () => {
  const empty = Object.fromEntries(
    [...PRESETS.keys(), "QSC_CANARY_MODEL", "QSC_CANARY_WEIGHT", "QSC_CANARY_WEIGHTS"]
      .filter((name) => name !== "MODEL_KEYS")
      .map((name) => [name, ""]),
  );
  expect(await refusal({ ...TESTNET, MODEL_KEYS: "" })).toContain("MODEL_KEYS is empty; unset it if no model");
  expect(await readSettings({ ...empty, ...TESTNET })).toEqual(await readSettings(TESTNET));
});

test("the greatest age of features: as set, or left to the feed's interval", async () => {
  expect(await readSettings(TESTNET)).toMatchObject({ featureMaxAgeSeconds: null });
  expect(await readSettings({ ...TESTNET, FEATURE_MAX_AGE_SECONDS: "90.5" })).toMatchObject({
    featureMaxAgeSeconds: 90.5,
  });
});

test("the options of the synthetic market", async () => {
  const { featureSource } = await readSettings({
    ...TESTNET,
    FEATURE_SOURCE: "synthetic:?seed=7&rate=2.5&rows=100&symbols=A,B",
  });
  expect(featureSource).toEqual({ kind: "synthetic", seed: 7, rowsPerSecond: 2.5, rows: 100, symbols: ["A", "B"] });
});

describe("weights", () => {
  test("from a file", async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, "weights.json");
    await writeFile(path, JSON.stringify(WEIGHTS));
    const { weights } = await readSettings({ ...TESTNET, ...MODELS, MODEL_WEIGHTS_FILE: path });
    expect(Object.fromEntries(weights)).toEqual(WEIGHTS);
  });

  test("from a canary, which replace the others", async () => {
    const settings = await readSettings({ ...TESTNET, ...MODELS, ...canary(WEIGHTS, "patchtst", "0.1") });
    expect(Object.fromEntries(settings.weights)).toEqual(WEIGHTS);
    expect(settings.canary).toEqual({ model: "patchtst", weight: 0.1 });
  });

  test.each([
    ["a sum that is not 1", canary({ ...WEIGHTS, xgb: 0.31 }, "patchtst", "0.1")],
    ["an unknown model", canary({ ...WEIGHTS, lightgbm: 0 }, "patchtst", "0.1")],
    ["a weight that contradicts the weights", canary(WEIGHTS, "patchtst", "0.2")],
    ["a model that does not exist", canary(WEIGHTS, "lightgbm", "0.1")],
    ["one of three variables missing", { QSC_CANARY_WEIGHTS: JSON.stringify(WEIGHTS), QSC_CANARY_MODEL: "patchtst" }],
    ["a negative weight", canary({ ...WEIGHTS, xgb: -0.3, nhits: 0.9 }, "patchtst", "0.1")],
  ])("%s is refused", async (_, env) => {
    expect(await refusal({ ...TESTNET, ...MODELS, ...env })).toMatch(/QSC_CANARY_/);
  });
});

describe("shadows", () => {
  const SHADOW = { ...TESTNET, ...MODELS, SHADOW_MODELS: "dlinear" };
  const VOTES = { xgb: 0.3, patchtst: 0.3, nhits: 0.4, dlinear: 0 };

  test("have no weight, and do not count for the majority", async () => {
    const { weights, shadows, quorum } = await readSettings({ ...SHADOW, SHADOW_MODELS: "nhits,dlinear" });
    expect(Object.fromEntries(weights)).toEqual({ xgb: 0.5, patchtst: 0.5, nhits: 0, dlinear: 0 });
    expect([[...shadows], quorum]).toEqual([["nhits", "dlinear"], 2]);
  });

  test("the canary of a drop-in is no longer one: it votes with the drop-in's weight", async () => {
    const served = { xgb: 0.27, patchtst: 0.27, nhits: 0.36, dlinear: 0.1 };
    const {
      weights,
      shadows,
      canary: live,
      quorum,
    } = await readSettings({
      ...SHADOW,
      ...canary(served, "dlinear", "0.1"),
    });
    expect(Object.fromEntries(weights)).toEqual(served);
    expect([[...shadows], live, quorum]).toEqual([[], { model: "dlinear", weight: 0.1 }, 3]);
  });

  test("another model's drop-in leaves a shadow one", async () => {
    const served = { xgb: 0.1, patchtst: 0.4, nhits: 0.5, dlinear: 0 };
    const { shadows } = await readSettings({ ...SHADOW, ...canary(served, "xgb", "0.1") });
    expect([...shadows]).toEqual(["dlinear"]);
  });

  test("from a file of weights, which gives them 0", async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, "weights.json");
    await writeFile(path, JSON.stringify(VOTES));
    const { weights } = await readSettings({ ...SHADOW, MODEL_WEIGHTS_FILE: path });
    expect(Object.fromEntries(weights)).toEqual(VOTES);
    await writeFile(path, JSON.stringify(WEIGHTS));
    expect(await refusal({ ...SHADOW, MODEL_WEIGHTS_FILE: path })).toContain(
      `MODEL_WEIGHTS_FILE ${path} gives dlinear the weight 0.3, but SHADOW_MODELS says that it has no vote`,
    );
  });

  test.each<[string, Readonly<Record<string, string>>, string]>([
    ["an unknown model", { SHADOW_MODELS: "lstm" }, "SHADOW_MODELS contains 'lstm', which MODELS does not"],
    ["all models", { SHADOW_MODELS: "xgb,patchtst,nhits,dlinear" }, "SHADOW_MODELS names every model"],
    ["a name twice", { SHADOW_MODELS: "dlinear,dlinear" }, "SHADOW_MODELS contains 'dlinear' twice"],
    ["a quorum of all models", { QUORUM: "4" }, "QUORUM is 4, but there are 3 models that vote"],
    [
      "a shadow's weight in the drop-in of another canary",
      canary(WEIGHTS, "patchtst", "0.1"),
      "QSC_CANARY_WEIGHTS gives dlinear the weight 0.3, but SHADOW_MODELS says that it has no vote",
    ],
  ])("%s is refused", async (_, env, sentence) => {
    expect(await refusal({ ...SHADOW, ...env })).toContain(sentence);
  });
});

test("the template of the env file names every variable, and its values are accepted", async () => {
  const template = await readFile(new URL("../systemd/ai-engine.env", import.meta.url), "utf8");
  const lines = [...template.matchAll(/^(#?)([A-Z][A-Z_]+)=(.*)$/gm)];
  expect(lines.map(([, , name]) => name).toSorted()).toEqual(
    ["ALLOW_LIVE_TRADING", "BINANCE_TESTNET", ...PRESETS.keys()].toSorted(),
  );
  const accepted = lines.filter(([, , name]) => name !== "MODEL_KEYS");
  const shown = Object.fromEntries(accepted.map(([, , name, value]) => [name, value]));
  expect(await readSettings(shown)).toEqual(await readSettings(TESTNET));
});

test("the template of the env file matches the table of settings; tooling/settings/write.js writes it", async () => {
  expect(await readFile(new URL("../systemd/ai-engine.env", import.meta.url), "utf8")).toBe(environmentTemplate());
});

test.each([60, 80, 120])("the usage is at most %i columns wide, except for a default", (columns) => {
  const lines = usage(columns)
    .split("\n")
    .filter((line) => !/^ {2}[A-Z]/.test(line) && line.trim().includes(" "));
  expect(lines.filter((line) => line.length > columns)).toEqual([]);
});

test("a certificate authority is only for rediss://, and one that nothing would use is refused", async () => {
  await using directory = await temporaryDirectory();
  const certificate = join(directory.path, "ca.pem");
  await writeFile(certificate, rootCertificates[0] ?? "");
  const settings = await readSettings({ ...TESTNET, REDIS_CA: certificate, INTENT_SINK: "rediss://127.0.0.1:1" });
  expect([tlsFor("rediss://127.0.0.1:1", settings), tlsFor("redis://127.0.0.1:6379", settings)]).toEqual([
    { ca: certificate },
    {},
  ]);
  expect(await refusal({ ...TESTNET, REDIS_CA: certificate })).toContain(
    "neither FEATURE_SOURCE nor INTENT_SINK is rediss:// or tls://",
  );
});

test("a client certificate and its key are only for rediss://, need each other, and are read", async () => {
  await using directory = await temporaryDirectory();
  const { certificate, key } = await selfSignedCertificate(directory.path);
  const env = { ...TESTNET, REDIS_CERT: certificate, REDIS_KEY: key, FEATURE_SOURCE: "rediss://127.0.0.1:1" };
  const settings = await readSettings(env);
  expect([tlsFor("rediss://127.0.0.1:1", settings), tlsFor("file:intents.ndjson", settings)]).toEqual([
    { cert: certificate, key },
    {},
  ]);
  expect(await refusal({ ...env, REDIS_KEY: "" })).toContain("only REDIS_CERT is set");
  expect(await refusal({ ...env, REDIS_CERT: "" })).toContain("only REDIS_KEY is set");
  expect(await refusal({ ...env, REDIS_KEY: certificate })).toContain(
    `REDIS_KEY is '${certificate}', which cannot be read as a private key`,
  );
  expect(await refusal({ ...env, FEATURE_SOURCE: "" })).toContain(
    "neither FEATURE_SOURCE nor INTENT_SINK is rediss:// or tls://",
  );
});

test("the usage names every variable with its default", () => {
  for (const [variable, preset] of PRESETS)
    expect(usage()).toMatch(new RegExp(`^  ${variable} *${(preset ?? "").replaceAll(/[/.,]/g, ".")}$`, "m"));
  expect(() => {
    assertNoArguments(["--port", "1"]);
  }).toThrow("ai-engine takes no arguments, but was given '--port'");
});
