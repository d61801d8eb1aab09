import { startRedis } from "@qsc-tooling/testkit";
import { fillStream } from "../data.js";
import { lastMsOf } from "../events.js";
import { inRounds } from "../measure.js";
import { tableOf, type Table } from "../table.js";
import { clientDrainOf, gateOf, gateOnOne, pythonGateOf, rawDrainOf, type Measured } from "./contenders.js";
import type { Bench, Part } from "./part.js";
import { sizesOf, thousands } from "./sizes.js";

const VERSIONS = [1, 2] as const;
const RATIOS = [
  { head: "x raw drain", reference: "raw socket drain" },
  { head: "x reader", reference: "reader, entries not looked at" },
];

/**
 * The gate over streams of a real Redis, compared with the bare socket, the reader alone, and the reference gate in
 * Python.
 */
export const gatePart: Part = { name: "gate", run: measureGate };

async function measureGate(bench: Bench): Promise<readonly Table[]> {
  const tables: Table[] = [];
  for (const events of sizesOf(bench.quick)) {
    for (const version of VERSIONS) tables.push(await measureStream(bench, events, version));
  }
  return tables;
}

async function measureStream({ rounds, seed, directory, tell }: Bench, events: number, version: 1 | 2): Promise<Table> {
  await using redis = await startRedis();
  tell(`a stream of ${thousands(events)} events of version ${version} is written`);
  const key = `bench:v${version}`;
  await fillStream(redis.url, key, { count: events, version, models: 4, seed });
  const measured: Measured = { source: redis.url, key, events, workdir: directory };
  const half = lastMsOf(Math.ceil(events / 2));
  const contenders = [
    rawDrainOf(measured),
    clientDrainOf(measured),
    gateOf(measured),
    ...gateOnOne(measured),
    gateOf(measured, "qsc quality-gate --after the middle", half),
    pythonGateOf(measured),
  ];
  const runs = await inRounds(contenders, rounds, tell);
  return tableOf(`Gate over ${thousands(events)} events in Redis, contract version ${version}`, events, runs, RATIOS);
}
