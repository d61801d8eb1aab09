import type { CanaryState } from "@qsc/contract";
import { post } from "./http/post.js";
import { targetOf } from "./http/target.js";
import { hostFiles } from "./log/host-files.js";
import type { NotifyPlace } from "./place.js";
import { shownOf } from "./settings/masked.js";
import { isReference, readSecret } from "./settings/secrets.js";
import type { Pulse } from "./outbox/pulse.js";

/** A watch judges at least every 45 s, or its canary is rolled back: an older judgement is not one of a live watch. */
const JUDGED_MS = 90_000;
const ATTEMPT_MS = 10_000;

/**
 * Pings an address while a canary is live and watched, until the signal is aborted. The pings end with the notifier, the
 * watch or the host, so that the receiver can raise the alarm when this host cannot.
 */
export async function heartbeat(
  place: NotifyPlace,
  onTrouble: (sentence: string) => void,
  wait: Pulse["wait"],
  signal: AbortSignal,
): Promise<void> {
  const given = place.settings.heartbeat;
  if (given === null) return;
  while (!signal.aborted) {
    if (isWatched(await readState(place.state), Date.now())) {
      const problem = await ping(place, given, signal);
      if (problem !== null) onTrouble(`The heartbeat was not accepted: ${problem}`);
    }
    await wait(given.everyMs, false, signal);
  }
}

/** Sends one ping. Answers what is wrong, without a secret; null if it was accepted. */
async function ping(
  { secrets }: NotifyPlace,
  { url, allowHttp }: NonNullable<NotifyPlace["settings"]["heartbeat"]>,
  signal: AbortSignal,
): Promise<string | null> {
  const name = "notify.heartbeat.url";
  const isSecret = isReference(url);
  let value = url;
  try {
    if (isSecret) value = await readSecret(name, url, secrets);
    const target = targetOf({ name, value, isSecret, allowHttp });
    await post(target, { signal: AbortSignal.any([signal, AbortSignal.timeout(ATTEMPT_MS)]) });
    return null;
  } catch (thrown) {
    if (signal.aborted) return null;
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return shownOf(message, isSecret ? [value] : []);
  }
}

/** Null for a state that is not there or cannot be read: what is unknown gets no ping. */
async function readState(path: string): Promise<CanaryState | null> {
  const { canaryState } = await import("@qsc/contract/schemas");
  try {
    const read = canaryState.safeParse(JSON.parse((await hostFiles.read(path)) ?? "null"));
    return read.success ? read.data : null;
  } catch {
    return null;
  }
}

/** Whether a canary is live, and was judged a moment ago. */
function isWatched(state: CanaryState | null, now: number): boolean {
  if (state === null || (state.phase !== "canary" && state.phase !== "eligible")) return false;
  const age = now - Date.parse(state.watch.lastJudgedAt ?? state.watch.startedAt);
  return age >= -JUDGED_MS && age <= JUDGED_MS;
}
