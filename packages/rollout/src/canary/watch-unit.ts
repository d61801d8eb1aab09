import { QscError } from "@qsc/contract";
import { engineName } from "./lease.js";
import type { OperationContext } from "../operation/context.js";

/** The name of the unit that watches an engine's canary. */
export function monitorUnit(unit: string): string {
  return `qsc-monitor-${engineName(unit)}.service`;
}

/**
 * The unit that an activation starts to watch: the one that was asked for, otherwise the one that `qsc init` has
 * installed. Null for `none`, and if nothing is installed: the operator starts the watch.
 * @throws QscError `watch_user_differs` for root, if the installed unit watches as another user: it could neither read
 * the files that root leaves nor write beside them.
 */
export async function watchUnitOf(
  { services, unit, files, user }: OperationContext,
  asked: string | null,
): Promise<string | null> {
  if (asked !== null) return asked === "none" ? null : asked;
  const name = monitorUnit(unit);
  const { load, fragment } = await services.state(name);
  if (load !== "loaded") return null;
  const watcher = /^User=(.+)$/m.exec((fragment === null ? null : await files.read(fragment)) ?? "")?.[1] ?? null;
  if (user === "root" && watcher !== null && watcher !== "root") {
    throw new QscError(
      "watch_user_differs",
      `${name} watches as the user ${watcher}, so run qsc as that user: runuser -u ${watcher} -- qsc ... Or pass --watch-unit none and start qsc monitor yourself.`,
    );
  }
  return name;
}
