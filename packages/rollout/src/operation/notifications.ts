import { asQscError } from "@qsc/contract";
import { within } from "../host/within.js";
import type { OperationContext } from "./context.js";
import type { Steps } from "./steps.js";

/** Longest time to find that out, in milliseconds: nothing that notifies may hold up what a person asked for. */
const MOST_MS = 2_000;

/**
 * Notes what waits for the notification channels, and warns of what fails. Never a reason against anything: a canary is
 * as safe without notifications. Unknown is a warning, too.
 */
export async function noteNotifications({ notifications }: OperationContext, steps: Steps): Promise<void> {
  if (notifications === undefined || notifications === null) return;
  try {
    const { said, warnings } = await within(MOST_MS, "Reading what waits to be sent", notifications());
    for (const warning of warnings) steps.warn(warning);
    steps.note("notifications", warnings.length === 0 ? "done" : "skipped", said);
  } catch (thrown) {
    const { message } = asQscError(thrown);
    steps.warn(`Whether notifications are sent is unknown: ${message}`);
    steps.note("notifications", "skipped", "unknown");
  }
}
