import { QscError } from "@qsc/contract";
import type { Guard } from "@qsc/systemd";
import { deadMan, mustBeInstalled } from "./lease.js";
import type { OperationContext } from "../operation/context.js";

/**
 * The context of the user whose files a canary's are. Its dead-man runs as that user even if root acts: root's would
 * not read settings that another user can change, and so could neither prove nor log anything.
 */
export async function asOwner(context: OperationContext): Promise<OperationContext> {
  const user = await context.owner();
  return user === context.user ? context : { ...context, user };
}

/**
 * The dead-man of a canary whose files are in this working directory.
 * @throws QscError `dead_man_broken` if it would run as root on another user's settings; the system's error if it cannot
 * be found out whose files they are
 */
export async function guardianOf(context: OperationContext): Promise<Guard> {
  const owned = await asOwner(context);
  if (owned.user !== context.user && !mustBeInstalled(owned))
    throw new QscError(
      "dead_man_broken",
      `The dead-man would run as ${context.user}, and not read ${context.paths.settings}, which ${owned.user} can change: run qsc as ${owned.user}, or name a working directory of your own with --workdir.`,
    );
  return deadMan(owned);
}

/** What the dead-man of this canary cannot do, for an operator; null if it lacks nothing. */
export function withoutLastResort({ systemctl, unit }: OperationContext): string | null {
  if (systemctl !== null) return null;
  return `${unit} is a child process: if qsc itself can no longer run, nothing else ends a canary. Neither update nor remove qsc while there is one.`;
}
