import { startRedis } from "@qsc-tooling/testkit";
import { fillStream } from "../data.js";
import { inRounds, median, type Run } from "../measure.js";
import { spreadOf, text, type Table } from "../table.js";
import { gateOf, rawDrainOf, type Measured } from "./contenders.js";
import type { Bench, Part } from "./part.js";
import { thousands } from "./sizes.js";

const MODELS = [4, 16, 64] as const;

/** How the cost grows with the number of models. */
export const modelsPart: Part = { name: "models", run: measureModels };

async function measureModels(bench: Bench): Promise<readonly Table[]> {
  const events = bench.quick ? 20_000 : 100_000;
  const rows: (readonly string[])[] = [];
  for (const models of MODELS) rows.push(await measureEnsemble(bench, events, models));
  const head = [
    "models",
    "gate, seconds: median (least to most)",
    "microseconds an answer",
    "peak RSS MB",
    "x raw drain",
  ];
  return [{ title: `Growth with the models, ${thousands(events)} events of version 1 in Redis`, head, rows }];
}

async function measureEnsemble(
  { rounds, seed, directory, tell }: Bench,
  events: number,
  models: number,
): Promise<readonly string[]> {
  await using redis = await startRedis();
  const key = `bench:models-${models}`;
  await fillStream(redis.url, key, { count: events, version: 1, models, seed });
  const measured: Measured = { source: redis.url, key, events, workdir: directory };
  const [drain, gate] = [rawDrainOf(measured), gateOf(measured)];
  const runs = await inRounds([drain, gate], rounds, tell);
  const own = runs.get(gate.name) ?? [];
  const seconds = own.map((run: Run) => run.seconds);
  const raw = median((runs.get(drain.name) ?? []).map((run) => run.seconds));
  return [
    String(models),
    spreadOf(seconds),
    text((median(seconds) / events / models) * 1e6, 2),
    text(Math.max(...own.map(({ rssMb }) => rssMb)), 0),
    text(median(seconds) / raw, 2),
  ];
}
