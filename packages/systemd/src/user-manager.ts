import { homedir } from "node:os";
import { join } from "node:path";
import type { ServiceManager } from "./port.js";
import { ServiceError } from "./service-error.js";
import type { LocalOptions } from "./system-manager.js";
import { localFiles } from "./systemd/local-files.js";
import { managerOn } from "./systemd/manager.js";
import { LOCAL_ANSWER_MS } from "./systemd/systemctl.js";

/**
 * The user units of the calling user, on this machine. Needs no login session (works from cron or after `sudo -u`),
 * only a running user systemd: after `loginctl enable-linger` it runs from boot. Otherwise it ends with the last
 * session and takes units and guards with it.
 *
 * `unitDirectory` is `$XDG_CONFIG_HOME/systemd/user` by default, or `~/.config/systemd/user` if the variable is not
 * set.
 */
export function userManager(options: LocalOptions = {}): ServiceManager {
  const {
    prefix = [],
    unitDirectory = join(
      directoryIn("XDG_CONFIG_HOME") ?? join(homeOf(process.getuid?.() ?? 0), ".config"),
      "systemd",
      "user",
    ),
  } = options;
  // The one thing that a session would provide: where the user's systemd listens.
  const runtime = directoryIn("XDG_RUNTIME_DIR") ?? `/run/user/${process.getuid?.() ?? 0}`;
  const systemctl = [...prefix, "env", `XDG_RUNTIME_DIR=${runtime}`, "systemctl", "--user"];
  return managerOn({
    label: "systemd (user)",
    unitDirectory,
    files: localFiles,
    answerMs: LOCAL_ANSWER_MS,
    systemctl: (args) => [...systemctl, ...args],
    // Not `--user`: that omits lines in the system journal, where users without a journal of their own log.
    journalctl: (args) => [...prefix, "journalctl", ...args],
    shell: (script, args) => [...prefix, "sh", "-c", script, "sh", ...args],
    look: (unit) => `systemctl --user status ${unit}`,
  });
}

/** @throws QscError `invalid_config` if the user has none, as in a container whose user has only a number */
function homeOf(uid: number): string {
  try {
    return homedir();
  } catch (cause) {
    throw new ServiceError(
      "invalid_config",
      `The user ${uid} has no home directory, and so no directory of units. Set HOME, or XDG_CONFIG_HOME.`,
      { cause },
    );
  }
}

/** A directory that a variable names; by the XDG rules, only an absolute path counts. */
function directoryIn(variable: string): string | null {
  const path = process.env[variable] ?? "";
  return path.startsWith("/") ? path : null;
}
