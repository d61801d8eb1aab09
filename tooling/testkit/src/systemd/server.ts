import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { afterOurEnd } from "../after-our-end.js";
import { temporaryDirectory } from "../temporary-directory.js";

const SCRIPT = fileURLToPath(new URL("../../systemd/real-systemd.sh", import.meta.url));
/** Ends a boot that hangs. A busy machine needs several seconds to boot. */
const BOOT_SECONDS = "120";

/** What a command inside the throw-away systemd printed. */
export interface Printed {
  readonly stdout: string;
  readonly stderr: string;
}

export interface SystemdOptions {
  /** Unit files, and links to them, that exist when it boots: a copy of another one's `unitDirectory`. */
  readonly units?: string;
}

export interface RealSystemd extends AsyncDisposable {
  /** Its own directory. `stop` removes everything in it. */
  readonly directory: string;
  /** A command prefix that runs the command inside. The command ends together with the process that runs it. */
  readonly prefix: readonly string[];
  /** The path of its `/etc/systemd/system` on this machine. */
  readonly unitDirectory: string;
  /** Runs a command inside; rejects when it fails. */
  run(command: string, ...args: readonly string[]): Promise<Printed>;
  /** Makes the manager send a signal to a unit's main process; rejects if there is none. */
  signal(unit: string, name: "STOP" | "CONT"): Promise<void>;
  /** Kills it with everything that runs in it, and removes its files. A second call does nothing. */
  stop(): Promise<void>;
}

/**
 * A real `systemd --system` with its journal, in its own namespaces and cgroup: `await using systemd = await
 * startSystemd()`. The rest of the file system, and the network, are this machine's. Needs what `requireSystemd` asks
 * for.
 */
export async function startSystemd({ units }: SystemdOptions = {}): Promise<RealSystemd> {
  const parent = await temporaryDirectory();
  const directory = join(parent.path, "systemd");
  const env = { ...environment(directory), ...(units !== undefined && { REAL_SYSTEMD_UNITS: units }) };
  const script = (verb: string) => promisify(execFile)("bash", [SCRIPT, verb], { env });
  const isStopped = afterOurEnd(["bash", SCRIPT, "down"], env);
  const stop = async (): Promise<void> => {
    await script("down");
    isStopped();
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
      // Never by a PID that was asked for earlier: the PID of a process that is gone is 0, and `kill -STOP 0` would
      // stop this process.
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
