import { inertText } from "@qsc/contract";
import type { ChannelWaiting, Waiting } from "@qsc/notify";
import { notifyUnit, type NotificationHealth, type OperationContext } from "@qsc/rollout";
import type { NotifySection } from "../settings/config-file.js";

/** A message that waits for longer, in milliseconds, is late, whatever the channel says. */
const LATE_MS = 60_000;

/** What the files say of the notifications. @throws QscError if that is unknown, or the settings cannot be used */
export async function notificationHealth(
  section: NotifySection,
  { workdir, paths, unit }: Pick<OperationContext, "workdir" | "paths" | "unit">,
): Promise<NotificationHealth> {
  const { parseNotifySettings, readWaiting } = await import("@qsc/notify");
  const { channels } = parseNotifySettings(section.read());
  const found = await readWaiting(workdir, paths.audit);
  const names = channels.map(({ name }) => name);
  // A channel that was taken out of the settings waits for nothing.
  const own = found.channels.filter(({ channel }) => names.includes(channel));
  const isNew = names.filter((name) => !own.some(({ channel }) => channel === name));
  const total = own.reduce((sum, { waiting }) => sum + waiting, 0);
  return {
    said: `${names.length} channels, ${total} messages wait`,
    warnings: [
      ...(found.isRunning ? [] : [notRunning(found, notifyUnit(unit))]),
      ...own.flatMap(warningOf),
      ...(found.isRunning
        ? isNew.map((name) => `Notification channel ${name} is not in use yet: restart ${notifyUnit(unit)}.`)
        : []),
    ],
  };
}

function notRunning({ aliveAt }: Waiting, unit: string): string {
  const since = aliveAt === null ? "none has run in this working directory" : `the last sign of one is of ${aliveAt}`;
  return `Nothing sends notifications: ${since}. Install it with qsc init --notify, or start it: systemctl start ${unit}.`;
}

function warningOf({ channel, waiting, since, failing }: ChannelWaiting): readonly string[] {
  const wait = `${waiting} ${waiting === 1 ? "message waits" : "messages wait"}`;
  if (failing !== null)
    return [
      `Notification channel ${channel} fails since ${failing.since} (${failing.attempts} attempts): ${inertText(failing.said)}; ${wait}. Fix it, and run qsc notify test ${channel}.`,
    ];
  // Written so that a time that cannot be read is late.
  const isLate = since !== null && !(Date.now() - Date.parse(since) <= LATE_MS);
  return isLate ? [`Notification channel ${channel} is behind: ${wait}, the oldest since ${since}.`] : [];
}
