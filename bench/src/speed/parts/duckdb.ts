import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fillJournal } from "../data.js";
import { DUCKDB, jobPath } from "../internals.js";
import { inRounds, type Contender } from "../measure.js";
import { tableOf, type Table } from "../table.js";
import { gateOf, gateOnOne, type Measured } from "./contenders.js";
import type { Bench, Part } from "./part.js";
import { thousands } from "./sizes.js";

const LINES = 600_000;
const QUICK_LINES = 20_000;
const CASES = [
  { version: 1, variety: "repeating" },
  { version: 2, variety: "repeating" },
  { version: 1, variety: "fresh" },
  { version: 2, variety: "fresh" },
] as const;

/** The gate over event logs, compared with one typed query of DuckDB on as many processors. */
export const duckdbPart: Part = { name: "duckdb", run: measureAll };

async function measureAll(bench: Bench): Promise<readonly Table[]> {
  const tables: Table[] = [];
  for (const { version, variety } of CASES) tables.push(await measure(bench, version, variety));
  return tables;
}

async function measure(
  { quick, rounds, seed, directory, tell }: Bench,
  version: 1 | 2,
  variety: "repeating" | "fresh",
): Promise<Table> {
  const events = quick ? QUICK_LINES : LINES;
  const path = join(directory, `${variety}-v${version}.ndjson`);
  tell(`a journal of ${thousands(events)} ${variety} lines of version ${version} is written`);
  await fillJournal(path, { count: events, version, models: 4, seed, variety });
  try {
    const measured: Measured = { source: `file:${path}`, key: null, events, workdir: directory };
    const both = duckdbOf(path, version, 2);
    const contenders: readonly Contender[] = [
      both,
      { ...duckdbOf(path, version, 1), processors: "one" },
      // A verdict of 2 is one, too: what was drawn at random has features of any size.
      ...[gateOf(measured), ...gateOnOne(measured)].map((gate) => ({ ...gate, exits: [0, 2] })),
    ];
    const runs = await inRounds(contenders, rounds, tell);
    return tableOf(
      `Gate over a journal of ${thousands(events)} ${variety} lines, contract version ${version}`,
      events,
      runs,
      [{ head: "x DuckDB, two threads", reference: both.name }],
    );
  } finally {
    await rm(path);
  }
}

function duckdbOf(path: string, version: 1 | 2, threads: 1 | 2): Contender {
  return {
    name: threads === 1 ? "DuckDB on one processor" : "DuckDB, two threads",
    command: [process.execPath, jobPath("duckdb"), DUCKDB, path, String(version), String(threads)],
    counts: "process",
  };
}
