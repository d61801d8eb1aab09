import { QscError } from "@qsc/contract";
import { confinementLines, problemOfCommand, problemOfConfinement, renderCommand, renderDescription, type Confinement } from "@qsc/systemd";

export interface MonitorUnit {
  readonly engine: string;
  /** The whole command line, its program an absolute path. */
  readonly command: readonly string[];
  readonly confinement: Confinement;
}

/**
 * The unit that watches. It counts as started once the watch has begun. A watch that hangs is killed after 20 s and goes
 * on where it was, well before the dead-man takes the canary back (45 s).
 * @throws QscError `invalid_unit`
 */
export function monitorUnitText({ engine, command, confinement }: MonitorUnit): string {
  const problem = problemOfCommand(command) ?? problemOfConfinement(confinement);
  if (problem !== null) throw new QscError("invalid_unit", `The unit that watches ${engine} cannot be written: ${problem}.`);
  return [
    "# Started by qsc activate and qsc promote. Without a canary to watch it ends at once.",
    "[Unit]",
    `Description=${renderDescription(`Watches the canary of ${engine}, and takes it back at any violation`)}`,
    "After=network-online.target",
    "StartLimitIntervalSec=120",
    "StartLimitBurst=10",
    "",
    "[Service]",
    "Type=notify",
    // What is told is told by systemd-notify, a process of its own.
    "NotifyAccess=all",
    `ExecStart=${renderCommand(command)}`,
    "Restart=on-failure",
    "RestartSec=1",
    "# Rolled back, or nothing to watch: an answer, and no reason to ask again.",
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
