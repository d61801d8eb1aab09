import { execFile, execFileSync } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { temporaryDirectory } from "../temporary-directory.js";

const SCRIPT = fileURLToPath(new URL("../../systemd/real-systemd.sh", import.meta.url));
/** Ends a boot that hangs; a busy machine needs several seconds. */
const BOOT_SECONDS = "120";
const live = new Set<string>();

// A test process that dies takes its systemds with it.
process.on("exit", () => {
  for (const directory of live) execFileSync("bash", [SCRIPT, "down"], { env: environment(directory) });
});

/** What a command inside the throw-away systemd printed. */
export interface Printed {
  readonly stdout: string;
  readonly stderr: string;
}

export interface SystemdOptions {
  /** Unit files, and links to them, that are there when it boots: a copy of what another one's `unitDirectory` held. */
  readonly units?: string;
}

export interface RealSystemd extends AsyncDisposable {
  /** Its own directory; everything in it is gone after `stop`. */
  readonly directory: string;
  /** Put before a command, runs it inside. The command ends with the one that runs it. */
  readonly prefix: readonly string[];
  /** Its `/etc/systemd/system`, seen from here. */
  readonly unitDirectory: string;
  /** Runs a command inside; rejects when it fails. */
  run(command: string, ...args: readonly string[]): Promise<Printed>;
  /** Has the manager send a signal to a unit's main process; rejects where there is none. */
  signal(unit: string, name: "STOP" | "CONT"): Promise<void>;
  /** Kills it with all that runs in it, and removes its files; a second call does nothing. */
  stop(): Promise<void>;
}

/**
 * A real `systemd --system` with its journal, in namespaces and a cgroup of its own: `await using systemd = await
 * startSystemd()`. The rest of the file system, and the network, are this machine's. Needs what `requireSystemd` asks for.
 */
export async function startSystemd({ units }: SystemdOptions = {}): Promise<RealSystemd> {
  const parent = await temporaryDirectory();
  const directory = join(parent.path, "systemd");
  const env = { ...environment(directory), ...(units !== undefined && { REAL_SYSTEMD_UNITS: units }) };
  const script = (verb: string) => promisify(execFile)("bash", [SCRIPT, verb], { env });
  live.add(directory);
  const stop = async (): Promise<void> => {
    await script("down");
    live.delete(directory);
    await parent.remove();
  };
  try {
    await script("up");
    const lines = (await script("prefix")).stdout.trim().split("\n");
    const prefix = [...lines, "setpriv", "--pdeathsig", "TERM"];
    const unitDirectory = join(directory, "etc-systemd", "system");
    await mkdir(unitDirectory, { recursive: true });
    const run = (command: string, ...args: readonly string[]): Promise<Printed> => {
      const [program = "", ...rest] = [...prefix, command, ...args];
      return promisify(execFile)(program, rest);
    };
    const signal = async (unit: string, name: "STOP" | "CONT"): Promise<void> => {
      // Never by a number that was asked for before: that of a process that has gone is 0, and `kill -STOP 0` stops this one.
      await run("systemctl", "kill", "--kill-whom=main", `--signal=${name}`, unit);
    };
    return { directory, prefix, unitDirectory, run, signal, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function environment(directory: string): NodeJS.ProcessEnv {
  return { ...process.env, REAL_SYSTEMD_DIR: directory, REAL_SYSTEMD_TIMEOUT: BOOT_SECONDS };
}
