import type { WatchProgress, WatchStamp } from "@qsc/contract";
import { LONGEST_SILENCE_SECONDS } from "../operation/bounds.js";
import type { Clock } from "../host/clock.js";

const LONGEST_SILENCE_MS = LONGEST_SILENCE_SECONDS * 1000;

/** Now, by the clocks of this boot. */
export async function stampOf(clock: Pick<Clock, "monotonic" | "boot">): Promise<WatchStamp> {
  const { id, uptimeSeconds } = await clock.boot();
  return { boot: id, monotonicMs: clock.monotonic(), uptimeMs: uptimeSeconds * 1000 };
}

/** The time that a watch has counted, and up to when. */
type Counted = Pick<WatchProgress, "watchedMs" | "stamp">;

/**
 * The watched time, if the canary were judged now. It counts from one judgement to the next, even if another run of the
 * watch made them, so that no time counts twice. No time counts across a reboot, and none while the host sleeps.
 */
export function watchedAt({ watchedMs, stamp }: Counted, now: WatchStamp): number {
  if (stamp?.boot !== now.boot) return watchedMs;
  return watchedMs + Math.min(Math.max(0, now.monotonicMs - stamp.monotonicMs), LONGEST_SILENCE_MS);
}

/** How long the canary has not been judged, in milliseconds, including the host's sleep; null if that is unknown. */
export function silenceMs({ stamp }: Pick<Counted, "stamp">, now: WatchStamp): number | null {
  if (stamp === undefined) return null;
  return stamp.boot === now.boot ? Math.max(0, now.uptimeMs - stamp.uptimeMs) : Infinity;
}
