import type { Guard } from "../port.js";
import { confinementLines, renderCommand, renderDescription } from "../unit-text.js";
import { assertGuard } from "./assert.js";

/** A file for a manager's unit directory. */
export interface UnitFile {
  readonly name: string;
  readonly text: string;
}

/** Who owns a guard's unit files: arming wrote them, or they were installed beforehand and stay. */
export type Owner = "armed" | "installed";

/** A longer run is killed, and the next one starts on schedule: a hung guard protects nothing. */
export const RUN_SECONDS = 120;

const HEADINGS: Readonly<Record<Owner, string>> = {
  armed: "# Written by @qsc/systemd when the guard was armed; goes when it is disarmed.",
  installed:
    "# Installed beforehand for @qsc/systemd: arming starts the timer, disarming stops it, and the files stay.",
};

/**
 * The unit files of a guard, for a privileged user to install beforehand: its service, and its timer, which must then
 * be enabled. If they are installed with the same command and times, `armGuard` only starts the timer and `disarmGuard`
 * only stops it. An enabled timer also starts at boot when nothing is guarded, so the command must check for itself
 * whether there is something to do.
 * @throws QscError `invalid_unit`
 */
export function guardUnits(guard: Guard): readonly UnitFile[] {
  return renderGuard(guard, "installed");
}

/** The service, then the timer: a timer must never exist without the service it starts. */
export function renderGuard(guard: Guard, owner: Owner): readonly UnitFile[] {
  assertGuard(guard);
  const text = (lines: readonly string[]): string => [HEADINGS[owner], ...lines, ""].join("\n");
  return [
    { name: `${guard.name}.service`, text: text(serviceOf(guard)) },
    { name: `${guard.name}.timer`, text: text(timerOf(guard)) },
  ];
}

/** Whether a file has the expected content, no matter who wrote it. */
export function saysTheSame(found: string | null, text: string): boolean {
  return found !== null && withoutHeading(found) === withoutHeading(text);
}

export function ownerOf(found: string | null): Owner {
  return found?.startsWith(`${HEADINGS.installed}\n`) === true ? "installed" : "armed";
}

function withoutHeading(text: string): string {
  const heading = Object.values(HEADINGS).find((line) => text.startsWith(`${line}\n`));
  return heading === undefined ? text : text.slice(heading.length + 1);
}

function serviceOf({ name, description, command, installed }: Guard): readonly string[] {
  return [
    "[Unit]",
    `Description=${renderDescription(description)}`,
    "StartLimitIntervalSec=0",
    "",
    "[Service]",
    "Type=oneshot",
    `ExecStart=${renderCommand(command)}`,
    `TimeoutStartSec=${RUN_SECONDS}s`,
    ...(installed === undefined ? [] : confinementLines(installed)),
    // A guard that always runs would fill the journal with starts and stops; its own output has priority notice.
    ...(installed?.whenThere === null
      ? ["SyslogLevel=notice", "LogLevelMax=notice", `RuntimeDirectory=${name}`, "RuntimeDirectoryPreserve=yes"]
      : []),
  ];
}

function timerOf({ name, description, everySeconds, afterBootSeconds, installed }: Guard): readonly string[] {
  const whenThere = installed?.whenThere ?? null;
  return [
    "[Unit]",
    `Description=${renderDescription(description)}`,
    ...(whenThere === null ? [] : [`ConditionPathExists=${whenThere.replaceAll("%", "%%")}`]),
    "",
    "[Timer]",
    `Unit=${name}.service`,
    // Runs at once if armed later than that. OnActiveSec restarts at each daemon-reload (systemd #31914), so frequent
    // reloads would postpone the first run forever; the other times count from points that no reload moves.
    `OnBootSec=${afterBootSeconds}s`,
    `OnUnitActiveSec=${everySeconds}s`,
    "AccuracySec=1s",
    "",
    "[Install]",
    "WantedBy=timers.target",
  ];
}
