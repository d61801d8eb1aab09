import { dirname, join } from "node:path";
import { CANARY_DROP_IN } from "./drop-in.js";
import type { OperationContext } from "../operation/context.js";

/**
 * A link beside a unit's drop-in, whose target names a lease: no process is left of that lease's canary. It stands in
 * for the word in a lease that cannot be written, as on a disk that became read-only. A link, since a shell replaces it
 * without following it.
 */
export const RESTARTED = ".qsc-restarted";

/** The same for a promoted canary whose rollback has begun: its lease lets it live no longer. */
export const REOPENED_NOTE = ".qsc-reopened";

type Note = typeof RESTARTED | typeof REOPENED_NOTE;

/** What names a lease: its boot ID and its end, or when its canary was promoted. Those of earlier versions have none. */
const NAME = /^\S+ [1-9]\d*(?=\s|$)/;
const CLEAN = /^clean /;

function notePath({ services, unit }: OperationContext, note: Note): string {
  return join(dirname(services.dropInPath(unit, CANARY_DROP_IN)), note);
}

/** Notes that no process is left of the canary whose lease is there. */
export async function noteRestarted(context: OperationContext): Promise<void> {
  await write(context, RESTARTED);
}

/** Notes that the rollback of the promoted canary whose lease is there has begun; false if that lease has no name. */
export async function noteReopened(context: OperationContext): Promise<boolean> {
  if (!(await write(context, REOPENED_NOTE))) return false;
  await context.files.syncDirectory(dirname(notePath(context, REOPENED_NOTE)));
  return true;
}

async function write(context: OperationContext, note: Note): Promise<boolean> {
  const name = await leaseName(context);
  if (name === null) return false;
  await context.files.remove(notePath(context, note));
  await context.files.link(notePath(context, note), name);
  return true;
}

/** The name of the lease; null if it has none. The drop-ins of another host are not here. */
async function leaseName({ files, paths, settings }: OperationContext): Promise<string | null> {
  const [name = null] = NAME.exec((await files.read(paths.lease)) ?? "") ?? [];
  return settings["host"] === undefined ? name : null;
}

/** Removes the note, before something is done that it does not cover. */
export async function forgetRestarted(context: OperationContext): Promise<void> {
  if (context.settings["host"] === undefined) await context.files.remove(notePath(context, RESTARTED));
}

/** Removes the notes about a lease that is gone. */
export async function forgetNotes(context: OperationContext): Promise<void> {
  await forgetRestarted(context);
  if (context.settings["host"] === undefined) await context.files.remove(notePath(context, REOPENED_NOTE));
}

/** Whether no process is left of the canary whose lease is there: according to the lease itself, or to the note. */
export async function isRestarted(context: OperationContext): Promise<boolean> {
  const lease = (await context.files.read(context.paths.lease)) ?? "";
  return CLEAN.test(lease) || isNoted(context, RESTARTED);
}

/** Whether a note says that a rollback of the promoted canary has begun. */
export function isReopenedBeside(context: OperationContext): Promise<boolean> {
  return isNoted(context, REOPENED_NOTE);
}

async function isNoted(context: OperationContext, note: Note): Promise<boolean> {
  const name = await leaseName(context);
  return name !== null && (await context.files.linkTarget(notePath(context, note))) === name;
}
