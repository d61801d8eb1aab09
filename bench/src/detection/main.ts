// How well canary watches are judged: false rollbacks, faults found, and how late, by six judges in simulated watches.
import { availableParallelism, cpus } from "node:os";
import { parseArgs } from "node:util";
import { replaceSection } from "../page.js";
import { keptIn, NOTHING_KEPT } from "./kept.js";
import { run, type Measured } from "./run.js";
import { beforeTable, checksTable, faultTable, falseTable } from "./tables.js";
import { targetLines } from "./targets.js";

const { values } = parseArgs({
  options: {
    watches: { type: "string", default: "1000" },
    seed: { type: "string", default: "20251122" },
    workers: { type: "string", default: String(availableParallelism()) },
    only: { type: "string", default: "" },
    /** A file that holds what has been simulated: an interrupted run continues there. */
    resume: { type: "string" },
    write: { type: "boolean", default: false },
  },
});
const watches = Number(values.watches);
const seed = Number(values.seed);
const workers = Number(values.workers);
if (![watches, seed, workers].every((count) => Number.isSafeInteger(count) && count > 0))
  throw new Error("--watches, --seed and --workers are whole numbers above 0");
if (values.write && values.only !== "") throw new Error("--write needs all scenarios: leave out --only");

const OURS = ["runbook", "strict", "evidence"] as const;
const OTHERS = ["adwin", "pageHinkley", "mannWhitney"] as const;

const kept = values.resume === undefined ? NOTHING_KEPT : keptIn(values.resume);
const started = performance.now();
const measured = await run(watches, seed, workers, values.only, kept, (text) => process.stderr.write(`\r${text}`));
process.stderr.write("\n");
const minutes = ((performance.now() - started) / 60_000).toFixed(0);
const text = report(measured);
console.log(text);
if (values.write) await replaceSection("detection", text);

function report(all: readonly Measured[]): string {
  const inGroup = (...groups: readonly string[]): readonly Measured[] =>
    all.filter(({ scenario }) => groups.includes(scenario.group));
  const from = (start: string): readonly Measured[] =>
    inGroup("fault").filter(({ scenario }) => scenario.fault?.start === start);
  const date = new Date().toISOString().slice(0, 10);
  const machine = `${cpus()[0]?.model ?? "unknown processor"}, ${workers} ${workers === 1 ? "worker" : "workers"}, Node ${process.version}`;
  return [
    `${watches} watches a scenario, seed ${seed}, ${date}; ${machine}; ${minutes} minutes.`,
    "### Share of watches ended",
    falseTable(inGroup("legal", "illegal", "study")),
    "The checks that they ended for:",
    checksTable(inGroup("legal", "illegal", "study")),
    "### Persistence, bursts, regimes, and the recording drawn in blocks",
    "One model, with the budget of one of four.",
    falseTable(inGroup("dependence"), OURS),
    checksTable(inGroup("dependence")),
    "### Constant output of a persistent model",
    "Share found; median / P95 delay in events; the same in seconds.",
    faultTable(inGroup("persistent fault"), OURS),
    "### Faults from the beginning",
    "Share found; median / P95 delay in events; the same in seconds. `-` is later than the end of the watch.",
    faultTable(from("the beginning"), OURS),
    faultTable(from("the beginning"), OTHERS),
    "### Faults from the third hour",
    faultTable(from("the third hour"), OURS),
    "Of the watches with such a fault, one model each, so many had ended before it:",
    beforeTable(from("the third hour")),
    "### Targets",
    targetLines(all).join("\n"),
  ].join("\n\n");
}
