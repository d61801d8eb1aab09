import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { GateDocument, QscDocument } from "@qsc/contract";

const BIN = fileURLToPath(new URL("../../../bin/qsc.js", import.meta.url));

/** How a run of the real command line ended. */
export interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Called with what was written to stderr so far, and a way to signal the process. */
  readonly onErr?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
}

/** Runs `qsc` as a process, with none of this process's QSC_* or colour settings. */
export function qsc(args: readonly string[], { cwd, env = {}, onErr }: RunOptions): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [BIN, ...args], {
      cwd,
      env: { PATH: process.env["PATH"] ?? "", HOME: cwd, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let out = "";
    let err = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      err += text;
      onErr?.(err, (signal) => child.kill(signal));
    });
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ code, out, err });
    });
  });
}

/** Runs with --json and parses the document, which must be everything on stdout. */
export async function document<T extends QscDocument = GateDocument>(
  args: readonly string[],
  options: RunOptions,
): Promise<T & { readonly code: number | null }> {
  const { code, out, err } = await qsc([...args, "--json"], options);
  if (out === "") throw new Error(`qsc ${args.join(" ")} printed no document: ${err}`);
  return { ...(JSON.parse(out) as T), code };
}
