import { sealed, type NotifiedChannel, type NotifyDocument } from "@qsc/contract";
import type { OperationContext } from "./operation/context.js";
import { headOf } from "./operation/document.js";
import { Steps } from "./operation/steps.js";

/**
 * The document of `qsc notify`: what the channels answered. Passes only if none of them failed; a channel that was sent
 * nothing has not failed.
 */
export function notified(
  context: OperationContext,
  action: NotifyDocument["action"],
  channels: readonly NotifiedChannel[],
): NotifyDocument {
  const reasons = channels
    .filter(({ accepted }) => accepted === false)
    .map(({ channel, said }) => ({
      code: "notification_failed" as const,
      text: `Channel ${channel} did not accept the message: ${said}. Fix what it names, and run qsc notify test ${channel}.`,
    }));
  return sealed({ kind: "notify" as const, ...headOf(context, { reasons }, new Steps()), action, channels });
}
