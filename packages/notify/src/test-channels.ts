import { randomUUID } from "node:crypto";
import { iso, QscError } from "@qsc/contract";
import { DeliveryError } from "./channels/channel.js";
import { channelOf } from "./channels/open.js";
import { testNotice } from "./notice/compose.js";
import { attempt } from "./outbox/send-in-order.js";
import type { NotifyPlace } from "./place.js";

/** How a channel answered to a test. */
export interface TestAnswer {
  readonly channel: string;
  readonly kind: string;
  readonly accepted: boolean;
  /** What the other side said, or why there was no answer; without a secret. */
  readonly said: string;
}

/**
 * Sends a message that is marked as a test to one channel, or to all at once. Changes no cursor.
 * @throws QscError `usage` for a channel that the settings do not name
 */
export async function testChannels(
  { settings, secrets, unit, host }: Pick<NotifyPlace, "settings" | "secrets" | "unit" | "host">,
  only: string | null,
  signal: AbortSignal,
): Promise<readonly TestAnswer[]> {
  const chosen = settings.channels.filter(({ name }) => only === null || name === only);
  if (chosen.length === 0)
    throw new QscError(
      "usage",
      `There is no channel '${only ?? ""}'; the settings name ${settings.channels.map(({ name }) => name).join(", ")}.`,
    );
  return Promise.all(
    chosen.map(async (channel) => {
      const notice = testNotice({ at: iso(Date.now()), unit, host, id: randomUUID() });
      const outcome = await attempt(channelOf(channel, secrets), notice, signal);
      const { name, kind } = channel;
      return outcome instanceof DeliveryError
        ? { channel: name, kind, accepted: false, said: outcome.message }
        : { channel: name, kind, accepted: true, said: outcome.said };
    }),
  );
}
