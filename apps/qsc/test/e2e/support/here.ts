import type { GateDocument, QscDocument } from "@qsc/contract";
import { runCli } from "../../../src/cli.js";
import type { RunOptions } from "./qsc.js";

/** The one directory that runs in this process may have at a time. */
let running: { readonly cwd: string; runs: number } | null = null;

/**
 * Like `document`, but in this process, from the arguments to the exit code: for the many variants of one rule, since a
 * process of its own takes ten times as long. That a process passes document and exit code on is tested with `document`.
 */
export async function documentHere<T extends QscDocument = GateDocument>(
  args: readonly string[],
  { cwd, env = {} }: Omit<RunOptions, "onErr">,
): Promise<T & { readonly code: number }> {
  let out = "";
  let err = "";
  const code = await inDirectory(cwd, () =>
    runCli([...args, "--json"], {
      stdin: process.stdin,
      io: {
        out: (text) => (out += text),
        deliver: (text) => (out += text),
        err: (text) => (err += text),
        color: false,
        interactive: false,
        columns: 80,
        outColumns: 80,
        rows: 24,
      },
      env: { PATH: process.env["PATH"] ?? "", HOME: cwd, ...env },
      version: "0.0.0",
      signal: new AbortController().signal,
      program: [],
    }),
  );
  if (out === "") throw new Error(`qsc ${args.join(" ")} printed no document: ${err}`);
  return { ...(JSON.parse(out) as T), code };
}

async function inDirectory<T>(cwd: string, run: () => Promise<T>): Promise<T> {
  if (running !== null && running.cwd !== cwd) throw new Error(`another run has ${running.cwd} as its directory`);
  const before = process.cwd();
  running ??= { cwd, runs: 0 };
  running.runs += 1;
  process.chdir(cwd);
  try {
    return await run();
  } finally {
    running.runs -= 1;
    if (running.runs === 0) {
      running = null;
      process.chdir(before);
    }
  }
}
