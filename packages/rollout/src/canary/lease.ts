import { dirname } from "node:path";
import { renderCommand, type Guard } from "@qsc/systemd";
import { HANDOVER_SECONDS, LOOK_SECONDS } from "../operation/bounds.js";
import { LEASE_SECONDS } from "../operation/lease-seconds.js";
import { CLEAN, DEAD_MAN_SCRIPT } from "./dead-man-script.js";
import { CANARY_DROP_IN } from "./drop-in.js";
import { isReopenedBeside } from "./restarted.js";
import { replaceFile } from "../host/files.js";
import type { OperationContext } from "../operation/context.js";

export { HANDOVER_SECONDS };

/** The word after the time in a lease of a promoted canary whose rollback has begun. */
const REOPENED = "reopened";
/** The file keeps its size, so that it can be renewed on a full disk. */
const WIDTH = 80;

/** The name of a unit's dead-man. */
export function guardName(unit: string): string {
  return `qsc-deadman-${engineName(unit)}`;
}

/**
 * A unit's name as part of another unit's name; unique for each unit. Letters, digits and `-` stay; any other character
 * becomes `_` and its two hexadecimal digits, as in `engine_40a` for `engine@a.service`.
 */
export function engineName(unit: string): string {
  const escaped = (character: string): string => `_${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  return unit.replace(/\.service$/, "").replace(/[^A-Za-z0-9-]/g, escaped);
}

/**
 * The unit's dead-man under the name that older versions gave it, which another unit's may have, too. Null if the name
 * has not changed, or this unit has no such dead-man.
 */
export async function olderGuard({ services, unit, files }: OperationContext): Promise<string | null> {
  const name = `qsc-deadman-${unit.replace(/\.service$/, "").replace(/[^\w-]/g, "-")}`;
  if (name === guardName(unit)) return null;
  const { fragment } = await services.state(`${name}.service`);
  const text = fragment === null ? null : await files.read(fragment);
  const command = /^ExecStart=(.+)$/m.exec(text ?? "")?.[1] ?? "";
  return command.includes(` ${renderCommand([unit])} `) ? name : null;
}

/**
 * Extends a lease that has not run out, up to this uptime, and answers whether it did. A lease that has run out, is of
 * another boot or cannot be read is not extended: its dead-man acts, or has acted.
 */
export function prolongLease(context: OperationContext, untilSeconds: number): Promise<boolean> {
  return overwriteLease(context, (bootId) => `${bootId} ${Math.floor(untilSeconds)}`);
}

/** The remaining seconds of a lease; 0 if it has run out. */
export async function leaseLeft(context: OperationContext): Promise<number> {
  const lease = await leaseIn(context);
  const { id, uptimeSeconds } = await context.clock.boot();
  return runs(lease, id, uptimeSeconds) ? Number(lease.trim().split(" ")[1]) - uptimeSeconds : 0;
}

function runs(lease: string, bootId: string, uptimeSeconds: number): boolean {
  const [boot, until] = lease.trim().split(" ");
  return boot === bootId && uptimeSeconds < Number(until);
}

/** Sets the lease to this many seconds from now. */
export function renewLease(context: OperationContext, seconds: number): Promise<void> {
  return setLease(context, seconds, "");
}

/** The same for a promoted canary whose rollback has begun: nothing ends this lease again. */
export function reopenLease(context: OperationContext, seconds: number): Promise<void> {
  return setLease(context, seconds, ` ${REOPENED}`);
}

async function setLease({ files, paths, clock }: OperationContext, seconds: number, mark: string): Promise<void> {
  const { id, uptimeSeconds } = await clock.boot();
  const text = leaseText(`${id} ${Math.floor(uptimeSeconds + seconds)}${mark}`);
  if ((await files.read(paths.lease))?.length === WIDTH) await files.overwrite(paths.lease, text);
  else await replaceFile(files, paths.lease, text);
}

/**
 * Lets the canary live without a watch, since it was watched to the end with the whole vote, and answers whether it did.
 * Survives reboots. A lease that has run out, is gone or cannot be read is not ended: its dead-man acts, or has acted.
 */
export async function endLease(context: OperationContext): Promise<boolean> {
  if (await isReopened(context)) return false;
  if (await isLeaseEnded(context)) return true;
  const { uptimeSeconds } = await context.clock.boot();
  // The time names this lease: see restarted.ts.
  const lease = `promoted ${Math.max(1, Math.floor(uptimeSeconds))}`;
  if (!(await overwriteLease(context, () => lease))) return false;
  await context.files.sync(context.paths.lease);
  return true;
}

/** Overwrites a lease that has not run out, and answers whether it did. One that is gone by now is not created again. */
async function overwriteLease(
  { files, paths, clock }: OperationContext,
  lease: (bootId: string) => string,
): Promise<boolean> {
  const before = await files.read(paths.lease);
  if (before === null) return false;
  const stillRuns = async (): Promise<string | null> => {
    const { id, uptimeSeconds } = await clock.boot();
    return runs(before, id, uptimeSeconds) ? id : null;
  };
  const boot = await stillRuns();
  if (boot === null) return false;
  if (before.length === WIDTH) await files.overwrite(paths.lease, leaseText(lease(boot)));
  else await replaceFile(files, paths.lease, leaseText(lease(boot)));
  if ((await stillRuns()) !== null) return true;
  // This command was stopped before it wrote, for longer than the lease.
  await files.overwrite(paths.lease, before);
  return false;
}

function leaseText(lease: string): string {
  return `${lease.padEnd(WIDTH - 1)}\n`;
}

/**
 * Ends a running lease, so that the dead-man acts at its next check. One that has run out stays as it is: the fallback
 * counts from its end.
 * @param may asked right before; rejects if this command must not do that
 */
export async function cutLease(context: OperationContext, may: () => Promise<unknown>): Promise<void> {
  if (!(await leaseRuns(context))) return;
  await may();
  await renewLease(context, 0);
}

/**
 * Writes into an existing lease that no canary is left: from now on the dead-man only proves that, and restarts nothing
 * on its own.
 * @param may asked right before; rejects if this command must not do that
 */
export async function cleanLease({ files, paths }: OperationContext, may: () => Promise<unknown>): Promise<void> {
  if ((await files.read(paths.lease)) === null) return;
  await may();
  // Overwritten in place, so that a full disk does not matter.
  await files.overwrite(paths.lease, leaseText(`${CLEAN} 0`));
}

/** Takes that back, before a process of a canary is ended after all; gives it no time. */
export async function uncleanLease(context: OperationContext): Promise<void> {
  if ((await leaseIn(context)).startsWith(`${CLEAN} `)) await renewLease(context, 0);
}

/** Whether a rollback of the promoted canary has begun: according to its lease, or to a note beside the drop-in. */
export async function isReopened(context: OperationContext): Promise<boolean> {
  if ((await leaseIn(context)).endsWith(` ${REOPENED}`)) return true;
  return (await isLeaseEnded(context)) && (await isReopenedBeside(context));
}

/** Whether the lease lets a promoted canary live: then no dead-man acts. */
export async function isLeaseEnded(context: OperationContext): Promise<boolean> {
  return (await leaseIn(context)).startsWith("promoted ");
}

/** Empty if there is none: that has run out, and lets no canary live. */
async function leaseIn({ files, paths }: OperationContext): Promise<string> {
  return (await files.read(paths.lease))?.trimEnd() ?? "";
}

/** Whether the lease has not run out. One that cannot be read counts as run out. */
export async function leaseRuns(context: OperationContext): Promise<boolean> {
  return (await leaseLeft(context)) > 0;
}

/** Rolls back the canary once it is unmonitored: without an operator, again and again, and after a reboot. */
export function deadMan(context: OperationContext): Guard {
  const { unit, services, systemctl, paths, program } = context;
  const rollback = [
    ...program,
    "rollback",
    "--config",
    paths.settings,
    "--reason",
    "the canary is unmonitored",
    "--take-over",
    "--if-unmonitored",
    "--quiet",
  ];
  const dropIn = services.dropInPath(unit, CANARY_DROP_IN);
  return {
    name: guardName(unit),
    description: `Rolls back the canary of ${unit} once it is unmonitored`,
    command: [
      "/bin/sh",
      "-c",
      DEAD_MAN_SCRIPT,
      "qsc-deadman",
      paths.lease,
      dropIn,
      unit,
      systemctl ?? "-",
      ...rollback,
    ],
    everySeconds: LOOK_SECONDS,
    afterBootSeconds: LEASE_SECONDS,
    ...(mustBeInstalled(context) && {
      installed: { user: context.user, writable: [context.workdir, dirname(dropIn)], whenThere: paths.lease },
    }),
  };
}

/** A user other than root cannot install a dead-man among this host's units: root must have done it (`qsc init`). */
export function mustBeInstalled({ systemctl, user, settings }: OperationContext): boolean {
  return systemctl === "systemctl" && settings["host"] === undefined && user !== "root";
}
