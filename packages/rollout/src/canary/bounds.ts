import { FLOCK_MS, LOCAL_ANSWER_MS } from "@qsc/systemd";
import { LEASE_SECONDS } from "./lease-seconds.js";

/**
 * Every wait on the way of a rollback, and its longest time. docs/safety.md lists them, and test/canary/bounds.test.ts
 * holds their sums against the promise.
 */

/** A violated or unwatched canary serves for so long at most, in seconds. */
export const PROMISE_SECONDS = 120;

/** Between two commands a canary is unmonitored for this long at most: an activation and its watch, a watch and the promotion. */
export const HANDOVER_SECONDS = 60;
/** A canary that was not judged for so long is rolled back, however often its watch is started again. */
export const LONGEST_SILENCE_SECONDS = 90;
/** How often the dead-man looks. */
export const LOOK_SECONDS = 10;
/** How late systemd may start a look: the guard's timer has AccuracySec=1s. */
const LATE_SECONDS = 1;
/** The dead-man first tries the tool, for so long, and kills it so much later. */
export const TOOL_SECONDS = 25;
export const TOOL_KILL_SECONDS = 2;
/** What the dead-man's own last resort asks of systemd before it restarts the unit, each; and the kill after it. */
export const FALLBACK_SECONDS = 4;
export const FALLBACK_KILL_SECONDS = 1;

/** Root's fallback leaves the user's dead-man so long to act first: a look, and what a rollback takes where nothing hangs. */
export const GRACE_SECONDS = 20;
/** Reading the lease, a user's file, from a disk that may hang. */
export const LEASE_FILE_SECONDS = 2;

/** One try to take the lock, or to read who has it: `flock` and what a disk takes to open a small file. */
export const LOCK_TRY_MS: number = FLOCK_MS + 1000;
/** How long a rollback waits for another command to let go of the lock. */
export const LOCK_WAIT_MS = 10_000;
/** Reading or writing one of the small files that a rollback remembers things in. It goes on without. */
export const FILE_MS = 3000;
/** Removing the drop-in, and its directory's sync. */
export const DROP_IN_MS = 5000;
/** Arming a dead-man for a promoted canary, which has none. */
export const ARM_MS = 15_000;
/** Reading where the telemetry ends, before a restart; where that takes longer, the proof begins where it ends then. */
export const MARK_MS = 3000;
/** What the end of a proof may take beyond the proof's own time: its source is closed. */
export const CLOSE_MS = 3000;
/** Taking the dead-man away at the end. It stays where that takes longer. */
export const DISARM_MS = 15_000;
/** What ends a command of systemd that does not answer. */
const KILL_MS = 1000;

/** One answer of systemd; to a kill, too. */
export const ANSWER_MS: number = LOCAL_ANSWER_MS + KILL_MS;

/** What a rollback waits for before the unit is stopped, in its order. */
export const BEFORE_THE_STOP_MS: Readonly<Record<string, number>> = {
  "the unit's own name": ANSWER_MS,
  "the lock": LOCK_WAIT_MS + LOCK_TRY_MS,
  "who holds it": LOCK_TRY_MS,
  "the state file": FILE_MS,
  "the lease": FILE_MS,
  "a dead-man for a promoted canary": ARM_MS,
  "whether there is a drop-in": FILE_MS,
  "the unit's state": ANSWER_MS,
  "the process's environment": FILE_MS,
  "the saved baseline": FILE_MS,
  "the state file again": FILE_MS,
  "the drop-in": DROP_IN_MS,
};

/** Longest time from a violation to the order to stop the canary's process, in seconds. */
export const VIOLATED_SECONDS: number = sumOf(BEFORE_THE_STOP_MS) / 1000;

/**
 * Longest time from a violation to the end of the canary's process, which is killed where it outlives the stop, in seconds.
 * @param stopSeconds the unit's `TimeoutStopSec`
 */
export function violatedSeconds(stopSeconds: number): number {
  return VIOLATED_SECONDS + stopSeconds + ANSWER_MS / 1000;
}

/** What the dead-man waits for before its last resort stops the unit, in seconds, from the last renewal on. */
export const DEAD_MAN_SECONDS: Readonly<Record<string, number>> = {
  "the lease, or a handover": Math.max(LEASE_SECONDS, HANDOVER_SECONDS),
  "the next look": LOOK_SECONDS + LATE_SECONDS,
  "the tool's own rollback": TOOL_SECONDS + TOOL_KILL_SECONDS,
};

/** What root's fallback waits for before it stops the unit, in seconds, from the last renewal on. */
export const ROOTS_SECONDS: Readonly<Record<string, number>> = {
  "the lease, or a handover": Math.max(LEASE_SECONDS, HANDOVER_SECONDS),
  "the dead-man, which acts first": GRACE_SECONDS,
  "the next look": LOOK_SECONDS + LATE_SECONDS,
  "the lease's file": LEASE_FILE_SECONDS,
  "the unit's processes": FALLBACK_SECONDS + FALLBACK_KILL_SECONDS,
  "their environment": FALLBACK_SECONDS,
};

/** Longest time that an unwatched canary serves before the order to stop it, in seconds; by the dead-man, and by root's fallback. */
export const UNWATCHED_SECONDS: number = sumOf(DEAD_MAN_SECONDS);
export const WITHOUT_RIGHTS_SECONDS: number = sumOf(ROOTS_SECONDS);

/** Longest time that an unwatched canary serves, in seconds. @param stopSeconds the unit's `TimeoutStopSec` */
export function unwatchedSeconds(stopSeconds: number): number {
  return UNWATCHED_SECONDS + stopSeconds + FALLBACK_SECONDS + FALLBACK_KILL_SECONDS;
}

/** The same where the user of the dead-man has lost its rights, so that root's fallback acts. */
export function withoutRightsSeconds(stopSeconds: number): number {
  return WITHOUT_RIGHTS_SECONDS + stopSeconds + FALLBACK_SECONDS + FALLBACK_KILL_SECONDS;
}

function sumOf(waits: Readonly<Record<string, number>>): number {
  return Object.values(waits).reduce((sum, each) => sum + each, 0);
}

/**
 * The longest `TimeoutStopSec` of a unit that may have a canary, in seconds; what takes longer, since the
 * rule was changed later, is killed after it. The sums leave some seconds more, for what no wait counts: programs that are started.
 */
export const LONGEST_STOP_SECONDS = 12;
