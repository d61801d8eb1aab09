// `npm run bench -- [part ...] [--quick] [--rounds N] [--write]`: measures speed, and compares it with what limits it.
import { parseArgs } from "node:util";
import { temporaryDirectory } from "@qsc-tooling/testkit";
import { replaceSection } from "../page.js";
import { machine } from "./machine.js";
import { detectorPart } from "./parts/detector.js";
import { duckdbPart } from "./parts/duckdb.js";
import { gatePart } from "./parts/gate.js";
import { journalPart } from "./parts/journal.js";
import { modelsPart } from "./parts/models.js";
import { pagePart } from "./parts/page.js";
import type { Part } from "./parts/part.js";
import { shortPart } from "./parts/short.js";
import { startupPart } from "./parts/startup.js";
import { toldPart } from "./parts/told.js";
import { watchPart } from "./parts/watch.js";
import { markdownOf } from "./table.js";

const SEED = 11;
const PARTS: readonly Part[] = [
  startupPart,
  detectorPart,
  watchPart,
  shortPart,
  pagePart,
  toldPart,
  modelsPart,
  journalPart,
  gatePart,
  duckdbPart,
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    write: { type: "boolean", default: false },
  },
});
const asked = positionals.length === 0 ? PARTS : positionals.map(partOf);
const rounds = Number(values.rounds ?? (values.quick ? "3" : "5"));
const directory = await temporaryDirectory();
try {
  for (const { name, run } of asked) {
    const tell = (line: string): void => {
      console.error(`${name.padEnd(9)} ${line}`);
    };
    const tables = await run({ quick: values.quick, rounds, seed: SEED, directory: directory.path, tell });
    const measuredWith = await machine(rounds, SEED);
    const text = [measuredWith, ...tables.map(markdownOf)].join("\n\n");
    console.log(text);
    if (values.write) await replaceSection(`speed ${name}`, text);
  }
} finally {
  await directory.remove();
}

function partOf(name: string): Part {
  const part = PARTS.find((known) => known.name === name);
  if (part === undefined)
    throw new Error(`There is no part '${name}'; the parts are ${PARTS.map((known) => known.name).join(", ")}.`);
  return part;
}
