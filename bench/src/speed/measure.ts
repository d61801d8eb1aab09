import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** One run of one process. */
export interface Run {
  readonly seconds: number;
  /** User and system time of all its threads. */
  readonly cpuSeconds: number;
  readonly rssMb: number;
}

/** What is compared: a process, and which of its times counts. */
export interface Contender {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** `process`: from its start to its exit; `inside`: the time its job reports. */
  readonly counts: "process" | "inside";
  /** The exit codes that are not a failure. Default 0. */
  readonly exits?: readonly number[];
  /** On which processors it may run. Default all. */
  readonly processors?: "all" | "one";
}

const USAGE = fileURLToPath(new URL("../../usage.cjs", import.meta.url));

/** All runs of each contender, in rounds: every round runs each of them once, starting with a different one. */
export async function inRounds(
  contenders: readonly Contender[],
  rounds: number,
  tell: (line: string) => void,
): Promise<ReadonlyMap<string, readonly Run[]>> {
  const runs = new Map<string, Run[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (let turn = 0; turn < contenders.length; turn += 1) {
      const contender = contenders[(turn + round) % contenders.length];
      if (contender === undefined) continue;
      const run = await runOnce(contender);
      runs.get(contender.name)?.push(run);
      tell(
        `round ${round + 1}  ${contender.name.padEnd(44)} ${run.seconds.toFixed(3)} s  CPU ${run.cpuSeconds.toFixed(3)} s  ${run.rssMb.toFixed(0)} MB`,
      );
    }
  }
  return runs;
}

async function runOnce({
  name,
  command: [program, ...args],
  counts,
  exits = [0],
  processors = "all",
}: Contender): Promise<Run> {
  const own = program === process.execPath ? [program, "--require", USAGE, ...args] : [program, ...args];
  const [first = program, ...rest] = processors === "one" ? ["taskset", "--cpu-list", "0", ...own] : own;
  const path = join(tmpdir(), `qsc-bench-usage-${process.pid}.json`);
  const started = performance.now();
  const child = spawn(first, rest, {
    env: { ...process.env, QSC_BENCH_USAGE: path, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said: Buffer[] = [];
  const wrong: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => said.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => wrong.push(chunk));
  const [code] = (await once(child, "close")) as [number | null];
  const seconds = (performance.now() - started) / 1000;
  if (code === null || !exits.includes(code)) {
    throw new Error(
      `${name} ended with ${code}: ${Buffer.concat([...wrong, ...said])
        .toString()
        .slice(0, 2000)}`,
    );
  }
  const usage = await usageOf(path);
  if (counts === "process") return { seconds, ...usage };
  const inside = JSON.parse(Buffer.concat(said).toString()) as {
    readonly seconds: number;
    readonly cpuSeconds: number;
  };
  return { seconds: inside.seconds, cpuSeconds: inside.cpuSeconds, rssMb: usage.rssMb };
}

/** What the process reported about itself when it ended. A program that cannot do so reports nothing. */
async function usageOf(path: string): Promise<Pick<Run, "cpuSeconds" | "rssMb">> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as Pick<Run, "cpuSeconds" | "rssMb">;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return { cpuSeconds: Number.NaN, rssMb: Number.NaN };
  } finally {
    await rm(path, { force: true });
  }
}

/** The median of some numbers. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The median of the round-by-round ratios of two contenders. */
export function ratioOf(runs: readonly Run[], reference: readonly Run[]): number {
  return median(runs.map(({ seconds }, round) => seconds / (reference[round]?.seconds ?? Number.NaN)));
}
