import { join } from "node:path";
import {
  describeRequiring,
  requireRedis,
  startRedis,
  temporaryDirectory,
  writeEventLog,
  writeStream,
  type Entry,
} from "@qsc-tooling/testkit";
import { DEFAULT_FEATURE_STREAM } from "@qsc/contract";
import { expect, test } from "vitest";
import { entriesOf, PATIENCE, startEngine, type Engine } from "./support/engine.js";
import { appendEntries } from "./support/features.js";
import { readIntents, readPayloads } from "./support/intents.js";
import { tabularEntries } from "./support/rows.js";
import { installModels } from "./support/test-models.js";

const HOUR_MS = 3_600_000;
/** Less than the age of the old rows, and more than the slowest machine needs for the new ones. */
const MAX_AGE = { FEATURE_MAX_AGE_SECONDS: "1800" };

interface Place extends AsyncDisposable {
  readonly directory: string;
  readonly models: Readonly<Record<string, string>>;
  readonly sink: string;
}

/** Two models of one row each, with their own sink. */
async function place(): Promise<Place> {
  const { path: directory, ...rest } = await temporaryDirectory();
  const models = join(directory, "models");
  await installModels(models, { a: { file: "tabular" }, b: { file: "tabular" } });
  return {
    directory,
    models: { MODELS: "a,b", MODELS_DIR: models },
    sink: `file:${join(directory, "intents.ndjson")}`,
    [Symbol.asyncDispose]: rest.remove,
  };
}

const published = (engine: Engine): Promise<number> => engine.metric("ai_engine_intents_published_total");
const refused = (engine: Engine, reason: string): Promise<number> =>
  engine.metric(`ai_engine_refused_features_total{reason="${reason}"}`);

async function end(engine: Engine): Promise<void> {
  engine.signal("SIGTERM");
  expect(await engine.exited).toBe(0);
}

interface Transport {
  readonly source: string;
  publish(entries: readonly Entry[]): Promise<void>;
}

/** All hour-old rows are refused and the engine is not ready; the fresh ones that follow are decided on. */
async function refusesOldRows({ source, publish }: Transport, { models, sink }: Place): Promise<void> {
  await publish(tabularEntries(Date.now() - HOUR_MS, 120));
  await using engine = startEngine({
    ...models,
    ...MAX_AGE,
    FEATURE_SOURCE: source,
    FEATURE_START: "beginning",
    INTENT_SINK: sink,
  });
  await expect.poll(() => refused(engine, "too_old"), PATIENCE).toBe(120);
  const { status, said } = await engine.health();
  expect([status, said["not_ready"]]).toEqual([503, ["features_stale"]]);
  expect(said).toMatchObject({ features_refused: { too_old: 120 }, features_max_age_s: 1800 });
  expect(said["why"]).toEqual([
    expect.stringMatching(/^The feed gives only rows that are refused: .*too old.*FEATURE_MAX_AGE_SECONDS/) as string,
  ]);
  expect(await published(engine)).toBe(0);
  const start = Date.now();
  await publish(tabularEntries(start, 5));
  await expect.poll(() => published(engine), PATIENCE).toBe(5);
  await expect.poll(async () => (await engine.health()).status, PATIENCE).toBe(200);
  await end(engine);
  expect((await readPayloads(sink)).map(({ features_at }) => features_at)).toEqual(
    Array.from({ length: 5 }, (_, n) => new Date(start + n).toISOString()),
  );
  expect(
    entriesOf(engine.lines)
      .filter(({ msg }) => msg.includes("a row of features was refused"))
      .map(({ times }) => times),
  ).toEqual([1, 119]);
}

test("hour-old rows from an event log are refused, counted and logged, and the engine is not ready until a fresh one comes", async () => {
  await using where = await place();
  const journal = join(where.directory, "features.ndjson");
  await writeEventLog(journal, []);
  await refusesOldRows({ source: `file:${journal}`, publish: (entries) => appendEntries(journal, entries) }, where);
});

test("a row from the future and one already decided on are refused; the next good row is decided on", async () => {
  await using where = await place();
  const journal = join(where.directory, "features.ndjson");
  await writeEventLog(journal, []);
  await using engine = startEngine({
    ...where.models,
    ...MAX_AGE,
    FEATURE_SOURCE: `file:${journal}`,
    FEATURE_START: "beginning",
    INTENT_SINK: where.sink,
  });
  await expect.poll(async () => (await engine.health()).status, PATIENCE).toBe(200);
  const start = Date.now();
  const rows = tabularEntries(start, 4);
  await appendEntries(journal, [
    ...rows,
    ...tabularEntries(start + HOUR_MS, 1),
    ...rows,
    ...tabularEntries(start + 4, 1),
  ]);
  await expect.poll(() => published(engine), PATIENCE).toBe(5);
  expect([await refused(engine, "from_the_future"), await refused(engine, "out_of_order")]).toEqual([1, 4]);
  expect((await engine.health()).status).toBe(200);
  await end(engine);
  expect(await readIntents(where.sink)).toHaveLength(5);
});

test("a row that is too old never gives a signal, while its symbol's fresh rows are decided on", async () => {
  await using where = await place();
  const journal = join(where.directory, "features.ndjson");
  await writeEventLog(journal, []);
  await using engine = startEngine({
    ...where.models,
    ...MAX_AGE,
    FEATURE_SOURCE: `file:${journal}`,
    FEATURE_START: "beginning",
    INTENT_SINK: where.sink,
    SYMBOL_COOLDOWN_SECONDS: "0",
  });
  await appendEntries(journal, [...tabularEntries(Date.now() - HOUR_MS, 50), ...tabularEntries(Date.now(), 50)]);
  await expect.poll(() => published(engine), PATIENCE).toBe(50);
  await end(engine);
  const now = Date.now();
  for (const { features_at } of await readPayloads(where.sink))
    expect(now - Date.parse(features_at)).toBeLessThan(HOUR_MS);
});

test("a sequence model's window has no refused row: the symbol's history begins again after one, and a repeated row does no harm", async () => {
  await using where = await place();
  await installModels(join(where.directory, "models"), {
    sequence: { file: "sequence", manifest: { input: { shape: [1, 8, 4] } } },
  });
  const journal = join(where.directory, "features.ndjson");
  const start = Date.now();
  const [first, second, third] = [
    tabularEntries(start, 10),
    tabularEntries(start + 10, 10),
    tabularEntries(start + 20, 2),
  ];
  const future = tabularEntries(start + HOUR_MS, 1);
  await writeEventLog(journal, [
    ...tabularEntries(start - HOUR_MS, 20),
    ...first,
    ...future,
    ...second,
    ...first,
    ...third,
  ]);
  await using engine = startEngine({
    ...where.models,
    ...MAX_AGE,
    MODELS: "sequence",
    FEATURE_SOURCE: `file:${journal}`,
    FEATURE_START: "beginning",
    FEATURE_FOLLOW: "false",
    INTENT_SINK: where.sink,
  });
  expect(await engine.exited).toBe(0);
  const said = (await readIntents(where.sink)).map(({ models: [answer] }) => answer?.nonPrediction);
  const cold = "inactive: insufficient_history";
  // The window is full with the eighth row, and stays full over the repeated rows.
  const filling = Array.from({ length: 10 }, (_, n) => (n < 7 ? cold : null));
  expect(said).toEqual([...filling, ...filling, null, null]);
});

describeRequiring(requireRedis(), "features on a real Redis", () => {
  test("hour-old rows are refused, counted and logged, and the engine is not ready until a fresh one comes", async () => {
    await using where = await place();
    await using redis = await startRedis();
    await refusesOldRows(
      { source: redis.url, publish: (entries) => writeStream(redis.url, DEFAULT_FEATURE_STREAM, entries) },
      where,
    );
  });

  test("an engine whose models need no history begins after the existing rows", async () => {
    await using where = await place();
    await using redis = await startRedis();
    await writeStream(redis.url, DEFAULT_FEATURE_STREAM, tabularEntries(Date.now() - 50, 50));
    await using engine = startEngine({ ...where.models, FEATURE_SOURCE: redis.url, INTENT_SINK: where.sink });
    await engine.line("histories warmed up");
    await expect.poll(async () => (await engine.health()).status, PATIENCE).toBe(200);
    await writeStream(redis.url, DEFAULT_FEATURE_STREAM, tabularEntries(Date.now(), 10));
    await expect.poll(() => published(engine), PATIENCE).toBeGreaterThanOrEqual(10);
    await end(engine);
    expect(await readIntents(where.sink)).toHaveLength(10);
  });

  test("after a Redis lost its rows and got them back, no row is decided on twice, and the gap is reported", async () => {
    await using where = await place();
    await using redis = await startRedis();
    await using engine = startEngine({
      ...where.models,
      ...MAX_AGE,
      FEATURE_SOURCE: redis.url,
      INTENT_SINK: where.sink,
    });
    await engine.line("features cannot be read");
    const rows = tabularEntries(Date.now(), 100);
    await writeStream(redis.url, DEFAULT_FEATURE_STREAM, rows);
    await expect.poll(() => published(engine), PATIENCE).toBe(100);
    await redis.restart();
    await writeStream(redis.url, DEFAULT_FEATURE_STREAM, [
      ...rows.slice(0, 60),
      ...tabularEntries(Date.now() + 200, 6, "ETHUSDT"),
    ]);
    await expect.poll(() => published(engine), PATIENCE).toBeGreaterThanOrEqual(106);
    await expect.poll(async () => Number((await engine.health()).said["features_gaps"]), PATIENCE).toBeGreaterThan(0);
    expect(await engine.metric('ai_engine_feature_gaps_total{kind="recreated"}')).toBeGreaterThan(0);
    expect(JSON.parse(await engine.line("features were lost"))).toMatchObject({
      kind: "recreated",
      detail: expect.stringContaining(DEFAULT_FEATURE_STREAM) as string,
    });
    expect((await engine.health()).said["features_last_gap"]).toContain(DEFAULT_FEATURE_STREAM);
    await end(engine);
    expect(await readIntents(where.sink)).toHaveLength(106);
  });

  test("when a stream is restored after the start, rows from before the start are not decided on", async () => {
    await using where = await place();
    await using redis = await startRedis();
    await using engine = startEngine({
      ...where.models,
      ...MAX_AGE,
      FEATURE_SOURCE: redis.url,
      INTENT_SINK: where.sink,
    });
    await engine.line("features cannot be read");
    await writeStream(redis.url, DEFAULT_FEATURE_STREAM, [
      ...tabularEntries(Date.now() - 600_000, 40),
      ...tabularEntries(Date.now(), 4),
    ]);
    await expect.poll(() => published(engine), PATIENCE).toBeGreaterThanOrEqual(4);
    await end(engine);
    expect(await readIntents(where.sink)).toHaveLength(4);
  });
});
