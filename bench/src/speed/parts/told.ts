import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { digestOf } from "@qsc/contract";
import { startReceiver, writeCanaryFiles, type CanaryFiles } from "@qsc-tooling/testkit";
import { QSC } from "../internals.js";
import { median } from "../measure.js";
import { text, type Table } from "../table.js";
import type { Bench, Part } from "./part.js";

const UNIT = "engine.service";
/** Changes of each kind: one every 300 ms or so. */
const CHANGES = 50;
const PAUSE_MS = 300;

/** How soon a change is told: a line of the audit log to a receiver, and a state to a page of the console. */
export const toldPart: Part = { name: "told", run: async (bench) => [await measureTold(bench)] };

async function measureTold({ quick, directory, tell }: Bench): Promise<Table> {
  const changes = quick ? CHANGES / 5 : CHANGES;
  const notified = await measureNotifier(join(directory, "told-notify"), changes);
  tell(`a line of the audit log, at the receiver: ${text(median(notified), 0)} ms`);
  const shown = await measureConsole(join(directory, "told-console"), changes);
  tell(`a state, at a page: ${text(median(shown), 0)} ms`);
  const row = (name: string, ms: readonly number[]): readonly string[] => [
    name,
    String(ms.length),
    text(median(ms), 0),
    text(Math.max(...ms), 0),
  ];
  return {
    title: `From a change on the disk until it is told; ${text(loadavg()[0] ?? Number.NaN, 1)} processes wanted a processor in the minute before`,
    head: ["", "changes", "ms: median", "most"],
    rows: [
      row("an entry of the audit log, synced, until a webhook has it: `qsc notify run`", notified),
      row("a state, renamed into place, until an open page is sent it: `qsc console`", shown),
    ],
  };
}

/** A `qsc` that runs until the work is done. */
async function whileRunning<Result>(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  use: (child: ChildProcess, firstUrl: Promise<string>) => Promise<Result>,
): Promise<Result> {
  const child = spawn(process.execPath, [QSC, ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const closed = once(child, "close");
  const url = new Promise<string>((resolve, reject) => {
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (part: string) => {
      said += part;
      const [found] = /http:\/\/\S+\//.exec(said) ?? [];
      if (found !== undefined) resolve(found);
    });
    child.on("close", () => {
      reject(new Error(`qsc ${args.join(" ")} ended: ${said}`));
    });
  });
  url.catch(() => undefined);
  try {
    return await use(child, url);
  } finally {
    child.kill("SIGTERM");
    await closed;
  }
}

async function measureNotifier(workdir: string, changes: number): Promise<readonly number[]> {
  await using receiver = await startReceiver();
  await mkdir(join(workdir, "logs"), { recursive: true });
  const hook = { kind: "webhook", url: `${receiver.url}/`, secret: "env:HOOK" };
  const config = join(workdir, "qsc.config.json");
  await writeFile(config, JSON.stringify({ services: `child:${workdir}`, unit: UNIT, notify: { channels: { hook } } }));
  const env = { HOOK: `whsec_${Buffer.alloc(32, 5).toString("base64")}` };
  return await whileRunning(["notify", "run", "--workdir", workdir, "--config", config], env, async (child) => {
    while ((await readFile(join(workdir, "data/notify/alive.json")).catch(() => null)) === null) {
      if (child.exitCode !== null) throw new Error("the notifier has ended");
      await wait(50);
    }
    const took: number[] = [];
    let last = { number: 0, hash: "0".repeat(64) };
    for (let index = 1; index <= changes; index += 1) {
      const line = lineAfter(last);
      last = line;
      await appendFile(join(workdir, "logs/qsc_canary.jsonl"), `${JSON.stringify(line)}\n`, { flush: true });
      const atMs = Date.now();
      await receiver.count(index);
      took.push((receiver.arrivals[index - 1]?.atMs ?? Number.NaN) - atMs);
      await wait(PAUSE_MS);
    }
    return took;
  });
}

/** A line of an audit log, chained to the one before. */
function lineAfter(last: { readonly number: number; readonly hash: string }) {
  const head = {
    ...{ version: 1, number: last.number + 1, at: new Date().toISOString(), event: "activate", unit: UNIT },
    ...{ operation: "o", host: "bench", user: "ops", details: { model: "m", share: 0.1 }, torn: null },
    previous: last.hash,
  };
  return { ...head, hash: digestOf(head) };
}

async function measureConsole(workdir: string, changes: number): Promise<readonly number[]> {
  const files = (margin: number): CanaryFiles => ({
    ...{ unit: UNIT, digestOf, nowMs: Date.now(), models: ["a", "b", "c", "d"], phase: "canary", past: 3 },
    margin,
  });
  await writeCanaryFiles(workdir, files(0.3));
  const args = ["--workdir", workdir, "--unit", UNIT, "--source", "redis://127.0.0.1:1", "--services"];
  const command = ["console", ...args, `child:${workdir}`, "--console-listen", "127.0.0.1:0"];
  return whileRunning(command, {}, async (_, url) => {
    const page = await fetch(`${await url}events`);
    const reader = page.body?.pipeThrough(new TextDecoderStream()).getReader();
    if (reader === undefined) throw new Error("the console sends no events");
    let heard = "";
    const hears = async (words: string): Promise<void> => {
      while (!heard.includes(words)) {
        const { value, done } = await reader.read();
        if (done) throw new Error("the console has closed its page");
        heard = `${heard}${value}`.slice(-4_000_000);
      }
    };
    await hears("30 % from it");
    const took: number[] = [];
    for (let index = 0; index < changes; index += 1) {
      // Percentages that differ from one change to the next.
      const percent = 1 + (index % 29);
      heard = "";
      await writeCanaryFiles(workdir, files(percent / 100));
      const atMs = Date.now();
      await hears(`${percent} % from it`);
      took.push(Date.now() - atMs);
      await wait(PAUSE_MS);
    }
    return took;
  });
}
