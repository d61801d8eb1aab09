import { dirname, join } from "node:path";
import { CANARY_DROP_IN } from "./drop-in.js";
import type { OperationContext } from "../operation/context.js";

/**
 * A link beside a unit's drop-in, whose target names a lease: no process is left of that lease's canary. It stands in
 * for the word in a lease that cannot be written, as on a disk that became read-only. A link, since a shell replaces it
 * without following it.
 */
export const RESTARTED = ".qsc-restarted";

/** What names a lease: its boot ID and its end. One that ends nowhere has none. */
const NAME = /^\S+ [1-9]\d*(?=\s|$)/;
const CLEAN = /^clean /;

function notePath({ services, unit }: OperationContext): string {
  return join(dirname(services.dropInPath(unit, CANARY_DROP_IN)), RESTARTED);
}

/** Notes that no process is left of the canary whose lease is there. */
export async function noteRestarted(context: OperationContext): Promise<void> {
  const { files, paths, settings } = context;
  const [name] = NAME.exec((await files.read(paths.lease)) ?? "") ?? [];
  // The drop-ins of another host are not here.
  if (name === undefined || settings["host"] !== undefined) return;
  await files.remove(notePath(context));
  await files.link(notePath(context), name);
}

/** Removes the note, before something is done that it does not cover. */
export async function forgetRestarted(context: OperationContext): Promise<void> {
  if (context.settings["host"] === undefined) await context.files.remove(notePath(context));
}

/** Whether no process is left of the canary whose lease is there: according to the lease itself, or to the note. */
export async function isRestarted(context: OperationContext): Promise<boolean> {
  const { files, paths, settings } = context;
  const lease = (await files.read(paths.lease)) ?? "";
  if (CLEAN.test(lease)) return true;
  const [name] = NAME.exec(lease) ?? [];
  if (name === undefined || settings["host"] !== undefined) return false;
  return (await files.linkTarget(notePath(context))) === name;
}
