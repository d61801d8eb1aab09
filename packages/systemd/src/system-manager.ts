import type { ServiceManager } from "./port.js";
import { localFiles } from "./systemd/local-files.js";
import { managerOn } from "./systemd/manager.js";
import { LOCAL_ANSWER_MS } from "./systemd/systemctl.js";

export const UNITS = "/etc/systemd/system";

/** A systemd of this machine, and how to reach it. */
export interface LocalOptions {
  /**
   * Runs every command through this prefix, for a systemd in a container: `["nsenter", "-t", "4711", "-m", "-p",
   * "--"]`. Files are written directly, to `unitDirectory`.
   */
  readonly prefix?: readonly string[];
  /** Where the unit files are, seen from here. Default: `/etc/systemd/system`. */
  readonly unitDirectory?: string;
}

/** The system units of this machine. */
export function systemManager(options: LocalOptions = {}): ServiceManager {
  const { prefix = [], unitDirectory = UNITS } = options;
  return managerOn({
    label: "systemd (system)",
    unitDirectory,
    files: localFiles,
    answerMs: LOCAL_ANSWER_MS,
    systemctl: (args) => [...prefix, "systemctl", ...args],
    journalctl: (args) => [...prefix, "journalctl", ...args],
    shell: (script, args) => [...prefix, "sh", "-c", script, "sh", ...args],
    look: (unit) => `systemctl status ${unit}`,
  });
}
