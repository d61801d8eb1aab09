import { spawn, type ChildProcess } from "node:child_process";
import { readFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";

/** How a run of `qsc --json` ended. */
export interface QscRun {
  /** Null if a signal ended it. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A `qsc` that runs inside a throw-away systemd. */
export interface RunningQsc {
  /** The process ID inside, for `kill`. */
  pid(): Promise<number>;
  /** Lets it continue after a SIGSTOP, which also stopped the command that runs it inside. */
  resume(): void;
  /** What it has written to stderr so far. */
  err(): string;
  readonly ended: Promise<QscRun>;
}

/**
 * Starts a command inside and leaves it running.
 * @param prefix of a throw-away systemd
 * @param pidFile where the process writes its ID; outside it has a different one
 */
export function runInside(prefix: readonly string[], pidFile: string, command: readonly string[]): RunningQsc {
  const [program = "", ...args] = [...prefix, "/bin/sh", "-c", 'echo $$ > "$0" && exec "$@"', pidFile, ...command];
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  const ended = new Promise<QscRun>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ code, out, err });
    });
  });
  return { pid: () => pidFrom(pidFile, child), resume: () => child.kill("SIGCONT"), err: () => err, ended };
}

async function pidFrom(path: string, child: ChildProcess): Promise<number> {
  for (;;) {
    const text = await readFile(path, "utf8").catch(() => "");
    if (text.endsWith("\n")) return Number(text);
    if (child.exitCode !== null) throw new Error(`the command ended with ${child.exitCode} before it had a number`);
    await wait(10);
  }
}
