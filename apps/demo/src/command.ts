import { spawn, type StdioOptions } from "node:child_process";

export interface Ended {
  readonly code: number | null;
  /** What it printed; empty if that was shown. */
  readonly output: string;
}

/** Runs a command to its end: `shown` on the terminal, or `quiet`, with its output for the caller. The signal ends it. */
export function runCommand(
  [command = "", ...args]: readonly string[],
  cwd: string,
  output: "shown" | "quiet",
  signal?: AbortSignal,
): Promise<Ended> {
  return new Promise((resolve) => {
    const stdio = output === "shown" ? "inherit" : (["ignore", "pipe", "pipe"] as const);
    const child = spawn(command, args, { cwd, stdio: stdio as StdioOptions, signal });
    const said: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => said.push(chunk));
    child.once("error", ({ message }) => {
      resolve({ code: null, output: message });
    });
    child.once("close", (code) => {
      resolve({ code, output: Buffer.concat(said).toString() });
    });
  });
}
