import { QscError } from "@qsc/contract";
import {
  confinementLines,
  problemOfCommand,
  problemOfConfinement,
  renderCommand,
  renderDescription,
  type Confinement,
} from "@qsc/systemd";

export interface MonitorUnit {
  readonly engine: string;
  /** The whole command line; its program is an absolute path. */
  readonly command: readonly string[];
  readonly confinement: Confinement;
}

/**
 * The unit that watches. It counts as started once the watch has begun. A hanging watch is killed after 20 s and
 * resumes where it was, well before the dead-man rolls back the canary (45 s).
 * @throws QscError `invalid_unit`
 */
export function monitorUnitText({ engine, command, confinement }: MonitorUnit): string {
  const problem = problemOfCommand(command) ?? problemOfConfinement(confinement);
  if (problem !== null)
    throw new QscError("invalid_unit", `The unit that watches ${engine} cannot be written: ${problem}.`);
  return [
    "# Started by qsc activate and qsc promote. Exits at once if there is no canary to watch.",
    "[Unit]",
    `Description=${renderDescription(`Watches the canary of ${engine}, and rolls it back at any violation`)}`,
    "After=network-online.target",
    "StartLimitIntervalSec=120",
    "StartLimitBurst=10",
    "",
    "[Service]",
    "Type=notify",
    // Notifications come from systemd-notify, a process of its own.
    "NotifyAccess=all",
    `ExecStart=${renderCommand(command)}`,
    "Restart=on-failure",
    "RestartSec=1",
    "# Rolled back, or nothing to watch: a restart would change nothing.",
    "RestartPreventExitStatus=2",
    "TimeoutStartSec=30",
    "WatchdogSec=20",
    "WatchdogSignal=SIGKILL",
    "# A rollback may be under way.",
    "TimeoutStopSec=180",
    ...confinementLines(confinement),
    "",
  ].join("\n");
}
