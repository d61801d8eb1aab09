import { join } from "node:path";
import { startRedis } from "@qsc-tooling/testkit";
import { fillJournal, fillStream } from "../data.js";
import { inRounds } from "../measure.js";
import { tableOf, type Table } from "../table.js";
import { gateOf, pythonGateOf, type Measured } from "./contenders.js";
import type { Bench, Part } from "./part.js";

const EVENTS = 2000;

/** The whole process over 2,000 events, from start to exit: what an operator waits for. */
export const shortPart: Part = { name: "short", run: measureShort };

async function measureShort({ quick, rounds, seed, directory, tell }: Bench): Promise<readonly Table[]> {
  await using redis = await startRedis();
  const options = { count: EVENTS, version: 1, models: 4, seed } as const;
  const path = join(directory, "short.ndjson");
  await fillStream(redis.url, "bench:short", options);
  await fillJournal(path, options);
  const stream: Measured = { source: redis.url, key: "bench:short", events: EVENTS, workdir: directory };
  const journal: Measured = { ...stream, source: `file:${path}`, key: null };
  const contenders = [
    { ...pythonGateOf(stream), name: "Python script, Redis" },
    { ...pythonGateOf(journal), name: "Python script, journal" },
    gateOf(stream, "qsc quality-gate, Redis"),
    gateOf(journal, "qsc quality-gate, journal"),
  ];
  const runs = await inRounds(contenders, quick ? rounds : 3 * rounds, tell);
  return [
    tableOf("The whole process over 2,000 events", EVENTS, runs, [
      { head: "x Python, Redis", reference: "Python script, Redis" },
    ]),
  ];
}
