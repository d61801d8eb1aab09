import { spawn, type ChildProcess } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { killAfterOurEnd } from "./after-our-end.js";

/** A server that has reported that it is ready. */
export interface ReadyProcess {
  signal(name: NodeJS.Signals): void;
  /** Stops the process; resolves once none of its threads runs. */
  pause(): Promise<void>;
  /** Asks the process to end, kills it after two seconds, and returns when it is gone. */
  end(): Promise<void>;
  kill(): Promise<void>;
}

/** A redis-server. */
export function startProcess(args: readonly string[]): Promise<ReadyProcess> {
  return startReady("redis-server", args, "Ready to accept connections");
}

/** @param readiness what the server prints once it can be used */
export async function startReady(command: string, args: readonly string[], readiness: string): Promise<ReadyProcess> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  const isGone = killAfterOurEnd(child);
  const gone = new Promise<void>((resolve) => {
    child.once("exit", () => {
      isGone();
      resolve();
    });
  });
  await ready(child, command, readiness);

  const signal = (name: NodeJS.Signals): void => {
    child.kill(name);
  };
  const kill = (): Promise<void> => {
    signal("SIGKILL");
    return gone;
  };
  return {
    signal,
    pause: async () => {
      signal("SIGSTOP");
      while (!(await isStopped(child.pid))) await setTimeout(5);
    },
    kill,
    end: async () => {
      signal("SIGTERM");
      // A stopped process does not see SIGTERM until it is continued.
      signal("SIGCONT");
      const insist = globalThis.setTimeout(() => void kill(), 2_000);
      await gone;
      clearTimeout(insist);
    },
  };
}

async function isStopped(pid: number | undefined): Promise<boolean> {
  const threads = `/proc/${String(pid)}/task`;
  const states = await Promise.all(
    (await readdir(threads)).map(
      async (thread) => /\) (\w)/.exec(await readFile(`${threads}/${thread}/stat`, "utf8"))?.[1],
    ),
  );
  return states.every((state) => state === "T");
}

/** Resolves when the server says so; rejects with all its output if it ends first. */
function ready(child: ChildProcess, command: string, readiness: string): Promise<void> {
  const said: string[] = [];
  return new Promise((resolve, reject) => {
    for (const output of [child.stdout, child.stderr]) {
      if (output === null) continue;
      createInterface({ input: output }).on("line", (line) => {
        said.push(line);
        if (line.includes(readiness)) resolve();
      });
    }
    child.once("error", (cause) => {
      reject(new Error(`${command} cannot be run`, { cause }));
    });
    child.once("close", () => {
      reject(new Error(`${command} ended before it was ready:\n${said.join("\n")}`));
    });
  });
}
