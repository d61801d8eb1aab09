import { jobPath, QSC } from "../internals.js";
import { inRounds, type Contender } from "../measure.js";
import { spreadOf, text, type Table } from "../table.js";
import { median, ratioOf } from "../measure.js";
import type { Bench, Part } from "./part.js";

/** The time it takes to start. */
export const startupPart: Part = { name: "startup", run: measureStartup };

const CONTENDERS: readonly Contender[] = [
  { name: "node -e 0", command: [process.execPath, "-e", "0"], counts: "process" },
  { name: "qsc --version", command: [process.execPath, QSC, "--version"], counts: "process" },
  { name: "qsc --help", command: [process.execPath, QSC, "--help"], counts: "process" },
  { name: "imports of quality-gate", command: [process.execPath, jobPath("imports")], counts: "inside" },
];

async function measureStartup({ quick, rounds, tell }: Bench): Promise<readonly Table[]> {
  const startups = quick ? rounds : 4 * rounds;
  const runs = await inRounds(CONTENDERS, startups, tell);
  const bare = runs.get("node -e 0") ?? [];
  const rows = CONTENDERS.map(({ name }) => {
    const own = runs.get(name) ?? [];
    const ms = own.map(({ seconds }) => seconds * 1000);
    return [
      name,
      spreadOf(ms, 0),
      text(median(own.map(({ cpuSeconds }) => cpuSeconds * 1000)), 0),
      text(ratioOf(own, bare), 2),
    ];
  });
  return [
    {
      title: `Startup, ${startups} rounds`,
      head: ["", "milliseconds: median (least to most)", "CPU ms", "x node -e 0"],
      rows,
    },
  ];
}
