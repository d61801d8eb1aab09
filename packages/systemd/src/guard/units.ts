import type { Guard } from "../port.js";
import { confinementLines, renderCommand, renderDescription } from "../unit-text.js";
import { assertGuard } from "./assert.js";

/** A file to lie in a manager's directory of units. */
export interface UnitFile {
  readonly name: string;
  readonly text: string;
}

/** Whose a guard's unit files are: made when it is armed, or there before, and then they stay. */
export type Owner = "armed" | "installed";

/** A run that takes longer is ended, and run again at the next turn: a guard that hangs guards nothing. */
export const RUN_SECONDS = 90;

const HEADINGS: Readonly<Record<Owner, string>> = {
  armed: "# Written by @qsc/systemd when the guard was armed; goes when it is disarmed.",
  installed: "# Installed beforehand for @qsc/systemd: arming starts the timer, disarming stops it, and the files stay.",
};

/**
 * The unit files of a guard, to be installed beforehand by a user who may: its service, and its timer, which is then
 * to be enabled. Where they lie there with the same command and times, `armGuard` only starts the timer, and
 * `disarmGuard` only stops it. An enabled timer also starts at a boot when nothing is guarded: the command has to see
 * for itself whether there is something to do.
 * @throws QscError `invalid_unit`
 */
export function guardUnits(guard: Guard): readonly UnitFile[] {
  return renderGuard(guard, "installed");
}

/** The service and the timer, in this order: a timer is never without what it starts. */
export function renderGuard(guard: Guard, owner: Owner): readonly UnitFile[] {
  assertGuard(guard);
  const text = (lines: readonly string[]): string => [HEADINGS[owner], ...lines, ""].join("\n");
  return [
    { name: `${guard.name}.service`, text: text(serviceOf(guard)) },
    { name: `${guard.name}.timer`, text: text(timerOf(guard)) },
  ];
}

/** Whether a file says what it should; who has written it is no difference. */
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
    // One that always runs would fill the journal with its starts and ends; what it says itself is a notice.
    ...(installed?.whenThere === null ? ["SyslogLevel=notice", "LogLevelMax=notice", `RuntimeDirectory=${name}`, "RuntimeDirectoryPreserve=yes"] : []),
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
    // At once when it is armed later than that. OnActiveSec would begin again at each daemon-reload (systemd #31914), so that
    // reloads in short order would put the first run off for ever; the other times are counted from what no reload moves.
    `OnBootSec=${afterBootSeconds}s`,
    `OnUnitActiveSec=${everySeconds}s`,
    "AccuracySec=1s",
    "",
    "[Install]",
    "WantedBy=timers.target",
  ];
}
