import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { freePort } from "../redis/free-port.js";
import { requireCommands } from "../require-command.js";
import type { Requirement } from "../requirement.js";
import { startServer } from "../server-process.js";
import { temporaryDirectory } from "../temporary-directory.js";

/** The ssh and sshd of this machine, for `describeRequiring`. */
export function requireSshd(): Requirement {
  return requireCommands("ssh", "sshd", "ssh-keygen");
}

/** A real sshd with keys of its own, which only its own client key opens. */
export interface Sshd extends AsyncDisposable {
  readonly port: number;
  /** The lines of an ssh configuration that reach it under a name. */
  configuration(name: string): string;
  /** Stops it permanently, with every connection. */
  stop(): Promise<void>;
}

/**
 * Starts the distribution's sshd on a free port of 127.0.0.1.
 * @param prefix a command prefix that runs it elsewhere, such as inside a throw-away systemd; then its sessions are there
 */
export async function startSshd(prefix: readonly string[] = []): Promise<Sshd> {
  const directory = await temporaryDirectory();
  const at = (name: string): string => join(directory.path, name);
  try {
    for (const name of ["host", "client"])
      await promisify(execFile)("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", at(name)]);
    const port = await freePort();
    const hostKey = (await readFile(at("host.pub"), "utf8")).trim();
    await writeFile(at("known_hosts"), `[127.0.0.1]:${port} ${hostKey}\n`);
    const lines = [
      `Port ${port}`,
      "ListenAddress 127.0.0.1",
      `HostKey ${at("host")}`,
      `AuthorizedKeysFile ${at("client.pub")}`,
      "PidFile none",
      "UsePAM no",
      // The directory of a test is below /tmp.
      "StrictModes no",
      "PermitRootLogin yes",
      "MaxStartups 200",
      "MaxSessions 200",
    ];
    await writeFile(at("sshd_config"), `${lines.join("\n")}\n`);
    // Where sshd gives up its rights; every Debian has it at boot.
    await mkdir("/run/sshd", { recursive: true });
    const command: readonly string[] = [...prefix, "sh", "-c", 'mkdir -p /run/sshd && exec "$0" "$@"'];
    const [program, ...args] = [...command, await whereIs("sshd"), "-D", "-e", "-f", at("sshd_config")];
    const server = await startServer(program, args, port);
    const stop = async (): Promise<void> => {
      await server.stop();
      await directory.remove();
    };
    const configuration = (name: string): string =>
      [
        `Host ${name}`,
        "  HostName 127.0.0.1",
        `  Port ${port}`,
        `  User ${userInfo().username}`,
        `  IdentityFile ${at("client")}`,
        "  IdentitiesOnly yes",
        `  UserKnownHostsFile ${at("known_hosts")}`,
        "  StrictHostKeyChecking yes",
        "",
      ].join("\n");
    return { port, configuration, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await directory.remove();
    throw error;
  }
}

/** sshd starts itself again for each connection, and so wants its whole path. */
async function whereIs(command: string): Promise<string> {
  return (await promisify(execFile)("sh", ["-c", `command -v ${command}`])).stdout.trim();
}
