import { homedir } from "node:os";
import { join } from "node:path";
import type { ServiceManager } from "./port.js";
import type { LocalOptions } from "./system-manager.js";
import { localFiles } from "./systemd/local-files.js";
import { managerOn } from "./systemd/manager.js";
import { LOCAL_ANSWER_MS } from "./systemd/systemctl.js";

/**
 * The user units of the user who calls, on this machine. Needs no login session (from cron, or after `sudo -u`), only
 * that the user's systemd runs: it does so from boot on after `loginctl enable-linger`. Without that it ends with the
 * last session, and with it both units and guards.
 *
 * `unitDirectory` is `$XDG_CONFIG_HOME/systemd/user` by default, with `~/.config` where the variable is not set.
 */
export function userManager(options: LocalOptions = {}): ServiceManager {
  const { prefix = [], unitDirectory = join(directoryIn("XDG_CONFIG_HOME") ?? join(homedir(), ".config"), "systemd", "user") } = options;
  // The one thing that a session would have told: where the user's systemd listens.
  const runtime = directoryIn("XDG_RUNTIME_DIR") ?? `/run/user/${process.getuid?.() ?? 0}`;
  const systemctl = [...prefix, "env", `XDG_RUNTIME_DIR=${runtime}`, "systemctl", "--user"];
  return managerOn({
    label: "systemd (user)",
    unitDirectory,
    files: localFiles,
    answerMs: LOCAL_ANSWER_MS,
    systemctl: (args) => [...systemctl, ...args],
    // Not `--user`: that leaves out what went to the system's journal, as it does for users without one of their own.
    journalctl: (args) => [...prefix, "journalctl", ...args],
    shell: (script, args) => [...prefix, "sh", "-c", script, "sh", ...args],
    look: (unit) => `systemctl --user status ${unit}`,
  });
}

/** A directory that a variable names; as the XDG rules have it, only an absolute path counts. */
function directoryIn(variable: string): string | null {
  const path = process.env[variable] ?? "";
  return path.startsWith("/") ? path : null;
}
