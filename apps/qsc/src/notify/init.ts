import { QscError } from "@qsc/contract";
import type { NotifyRequest } from "@qsc/rollout";
import type { NotifySection } from "../settings/config-file.js";
import { sectionText } from "./section-text.js";

/**
 * What `qsc init` does about notifications: the section of the settings is kept, and with `isInstalled` there is a unit.
 * @throws QscError `invalid_config` for a unit without channels, or with a section that cannot be used
 */
export async function notifyRequest(
  section: NotifySection | null,
  isInstalled: boolean,
): Promise<NotifyRequest | null> {
  if (section === null && !isInstalled) return null;
  if (section === null)
    throw new QscError(
      "invalid_config",
      "--notify needs channels: add a section notify to a config file, and name that file with --config.",
    );
  const text = await sectionText(section);
  if (!isInstalled) return { section: text, isInstalled, credentials: [] };
  const { credentialsOf, parseNotifySettings } = await import("@qsc/notify");
  return { section: text, isInstalled, credentials: credentialsOf(parseNotifySettings(section.read())) };
}
