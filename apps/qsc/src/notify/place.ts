import { hostname } from "node:os";
import { QscError } from "@qsc/contract";
import type { NotifyPlace } from "@qsc/notify";
import type { OperationContext } from "@qsc/rollout";
import type { Session } from "../command.js";

/** Where the notifier of these settings works. @throws QscError `invalid_config` without a section `notify` */
export async function notifyPlace(
  { notify, env }: Pick<Session, "notify" | "env">,
  { workdir, paths, unit }: Pick<OperationContext, "workdir" | "paths" | "unit">,
): Promise<NotifyPlace> {
  if (notify === null)
    throw new QscError(
      "invalid_config",
      "The config file has no section notify, so that there is no channel. Add one: see the README of @qsc/notify.",
    );
  const { parseNotifySettings } = await import("@qsc/notify");
  return {
    settings: parseNotifySettings(notify.read()),
    secrets: { env },
    workdir,
    audit: paths.audit,
    state: paths.state,
    unit,
    host: hostname(),
  };
}
