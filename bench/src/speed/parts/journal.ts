import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fillJournal } from "../data.js";
import { PYTHON_GATE } from "../internals.js";
import { inRounds, type Contender } from "../measure.js";
import { tableOf, type Table } from "../table.js";
import { clientDrainOf, gateOf, gateOnOne, pythonGateOf, type Measured } from "./contenders.js";
import type { Bench, Part } from "./part.js";
import { PYTHON } from "./python.js";
import { sizesOf, thousands } from "./sizes.js";

const VERSIONS = [1, 2] as const;
const RATIOS = [
  { head: "x wc -l", reference: "wc -l" },
  { head: "x json.loads", reference: "Python json.loads of each line" },
];

/** The gate over event logs, compared with `wc -l` and Python's json.loads of each line. */
export const journalPart: Part = { name: "journal", run: measureJournals };

async function measureJournals(bench: Bench): Promise<readonly Table[]> {
  const tables: Table[] = [];
  for (const events of sizesOf(bench.quick)) {
    for (const version of VERSIONS) tables.push(await measureJournal(bench, events, version));
  }
  return tables;
}

async function measureJournal(
  { rounds, seed, directory, tell }: Bench,
  events: number,
  version: 1 | 2,
): Promise<Table> {
  const path = join(directory, `v${version}-${events}.ndjson`);
  tell(`a journal of ${thousands(events)} lines of version ${version} is written`);
  await fillJournal(path, { count: events, version, models: 4, seed });
  try {
    const measured: Measured = { source: `file:${path}`, key: null, events, workdir: directory };
    const contenders: Contender[] = [
      { name: "wc -l", command: ["wc", "-l", path], counts: "process" },
      {
        name: "Python json.loads of each line",
        command: [PYTHON, PYTHON_GATE, "--loads-only", path],
        counts: "inside",
      },
      clientDrainOf(measured),
      gateOf(measured),
      ...gateOnOne(measured),
      pythonGateOf(measured),
    ];
    const runs = await inRounds(contenders, rounds, tell);
    return tableOf(
      `Gate over a journal of ${thousands(events)} lines, contract version ${version}`,
      events,
      runs,
      RATIOS,
    );
  } finally {
    await rm(path);
  }
}
