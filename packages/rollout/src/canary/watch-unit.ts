import { QscError } from "@qsc/contract";
import { engineName } from "./lease.js";
import type { CanaryWorld } from "./world.js";

/** The name of the unit that watches an engine's canary. */
export function monitorUnit(unit: string): string {
  return `qsc-monitor-${engineName(unit)}.service`;
}

/**
 * The unit that an activation starts to watch: the one that was asked for; else the one that `qsc init` has installed;
 * else, and for `none`, null: the operator starts the watch.
 * @throws QscError `watch_user_differs` for root, where the unit that is installed watches as another user: it could neither
 *   read what root leaves behind nor write beside it.
 */
export async function watchUnitOf({ services, unit, files, user }: CanaryWorld, asked: string | null): Promise<string | null> {
  if (asked !== null) return asked === "none" ? null : asked;
  const name = monitorUnit(unit);
  const { load, fragment } = await services.state(name);
  if (load !== "loaded") return null;
  const watcher = /^User=(.+)$/m.exec((fragment === null ? null : await files.read(fragment)) ?? "")?.[1] ?? null;
  if (user === "root" && watcher !== null && watcher !== "root") {
    throw new QscError("watch_user_differs", `${name} watches as the user ${watcher}, so act as that user: runuser -u ${watcher} -- qsc ... With --watch-unit none it is left alone, and you start qsc monitor.`);
  }
  return name;
}
