import { execFile } from "node:child_process";
import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { fillJournal } from "../data.js";
import { lastMsOf } from "../events.js";
import { jobPath, QSC } from "../internals.js";
import { inRounds, median, type Contender } from "../measure.js";
import { text, type Table } from "../table.js";
import type { Bench, Part } from "./part.js";

const MODELS = [4, 16] as const;
const EVENTS = 2000;
const WARM = 50;

/** The HTML page of a gate's report: how long it takes to make, and how large it is. */
export const pagePart: Part = { name: "page", run: measurePages };

async function measurePages(bench: Bench): Promise<readonly Table[]> {
  const rows: (readonly string[])[] = [];
  for (const models of MODELS) rows.push(await measurePage(bench, models));
  const head = ["models", "the first page, ms: median (least to most)", "one of many, ms", "kB"];
  return [{ title: "The HTML page of a gate's report, once its document is there", head, rows }];
}

async function measurePage({ rounds, seed, directory, tell }: Bench, models: number): Promise<readonly string[]> {
  const log = join(directory, `page-${models}.ndjson`);
  await fillJournal(log, { count: EVENTS, version: 2, models, seed });
  const path = await documentOf(log, directory);
  const contenderOf = (name: string, pages: number): Contender => ({
    name: `${models} models, ${name}`,
    command: [process.execPath, jobPath("page"), path, String(pages)],
    counts: "inside",
  });
  const [first, warm] = [contenderOf("the first page", 1), contenderOf("one of many", WARM)];
  const runs = await inRounds([first, warm], rounds, tell);
  const msOf = ({ name }: Contender): readonly number[] => (runs.get(name) ?? []).map(({ seconds }) => seconds * 1000);
  const cold = msOf(first);
  const { size } = await stat(path.replace(/json$/, "html"));
  return [
    String(models),
    `${text(median(cold), 1)} (${text(Math.min(...cold), 1)} to ${text(Math.max(...cold), 1)})`,
    text(median(msOf(warm)), 1),
    text(size / 1000, 0),
  ];
}

/** The document that a real gate writes, its page beside it. The gate may refuse: what it says is not measured. */
async function documentOf(log: string, directory: string): Promise<string> {
  const args = [QSC, "quality-gate", "--mode", "canary", "--source", `file:${log}`, "--workdir", directory, "--json"];
  const options = { cwd: directory, maxBuffer: 64 * 1024 * 1024 };
  const asOf = new Date(lastMsOf(EVENTS) + 1000).toISOString();
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [...args, "--as-of", asOf], options).catch(
    (error: unknown) => error as { readonly stdout: string; readonly stderr: string },
  );
  const report = /^report {2}(.*)\.md /m.exec(stderr)?.[1];
  if (report === undefined) throw new Error(`the gate wrote no report: ${stderr}`);
  const path = `${report.startsWith("/") ? report : join(directory, report)}.json`;
  await writeFile(path, stdout);
  return path;
}
