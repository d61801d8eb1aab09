import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../../../bin/qsc.js", import.meta.url));

/** A command that serves, as a process. */
export interface RunningServer {
  /** Its address, as it printed it, with `/` at the end. */
  readonly url: string;
  readonly child: ChildProcess;
  /** What it has printed so far. */
  said(): string;
  /** Ends it as an operator does; answers its exit code. */
  stop(): Promise<number | null>;
}

export interface ServingOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** A command that runs it, such as `setpriv ...`. */
  readonly by?: readonly string[];
}

/** Starts `qsc` with a command that serves, and waits for its address. */
export async function startServing(
  args: readonly string[],
  { env = {}, by = [] }: ServingOptions = {},
): Promise<RunningServer> {
  const command: readonly string[] = [...by, process.execPath, BIN, ...args];
  const [program = "", ...rest] = command;
  const child = spawn(program, rest, {
    cwd: "/",
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      const [found] = /http:\/\/\S+\//.exec(said) ?? [];
      if (found !== undefined) resolve(found);
    });
    child.on("error", reject);
    child.on("close", (code) => {
      reject(new Error(`qsc ${args[0] ?? ""} ended with ${code}: ${said}`));
    });
  });
  return {
    url,
    child,
    said: () => said,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        const closed = once(child, "close");
        child.kill("SIGTERM");
        await closed;
      }
      return child.exitCode;
    },
  };
}
