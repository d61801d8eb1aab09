import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { killAfterOurEnd } from "../after-our-end.js";

/** A redis-server that has reported that it is ready. */
export interface RedisProcess {
  signal(name: NodeJS.Signals): void;
  /** Asks the process to end, kills it after two seconds, and returns when it is gone. */
  end(): Promise<void>;
  kill(): Promise<void>;
}

export async function startProcess(args: readonly string[]): Promise<RedisProcess> {
  const child = spawn("redis-server", args, { stdio: ["ignore", "pipe", "pipe"] });
  const isGone = killAfterOurEnd(child);
  const gone = new Promise<void>((resolve) => {
    child.once("exit", () => {
      isGone();
      resolve();
    });
  });
  await ready(child);

  const signal = (name: NodeJS.Signals): void => {
    child.kill(name);
  };
  const kill = (): Promise<void> => {
    signal("SIGKILL");
    return gone;
  };
  return {
    signal,
    kill,
    end: async () => {
      signal("SIGTERM");
      // A stopped process does not see SIGTERM until it is continued.
      signal("SIGCONT");
      const insist = setTimeout(() => void kill(), 2_000);
      await gone;
      clearTimeout(insist);
    },
  };
}

/** Resolves when the server says so; rejects with all its output if it ends first. */
function ready(child: ChildProcess): Promise<void> {
  const said: string[] = [];
  return new Promise((resolve, reject) => {
    for (const output of [child.stdout, child.stderr]) {
      if (output === null) continue;
      createInterface({ input: output }).on("line", (line) => {
        said.push(line);
        if (line.includes("Ready to accept connections")) resolve();
      });
    }
    child.once("error", (cause) => {
      reject(new Error("redis-server cannot be run", { cause }));
    });
    child.once("close", () => {
      reject(new Error(`redis-server ended before it was ready:\n${said.join("\n")}`));
    });
  });
}
