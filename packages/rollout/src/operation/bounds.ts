import { LOCAL_ANSWER_MS } from "@qsc/systemd";
import { LOCK_TRY_MS } from "../host/lock.js";
import { LEASE_SECONDS } from "./lease-seconds.js";

/**
 * Every wait of a rollback, and its longest time. docs/safety.md lists them, and test/operation/bounds.test.ts checks
 * that their sums keep the promise.
 */

/** The longest that a violated or unwatched canary serves, in seconds. */
export const PROMISE_SECONDS = 120;

/**
 * The longest that a canary is unmonitored between two commands: an activation and its watch, or a watch and the
 * promotion.
 */
export const HANDOVER_SECONDS = 60;
/** A canary that was not judged for this long is rolled back, however often its watch is restarted. */
export const LONGEST_SILENCE_SECONDS = 90;
/** How often the dead-man checks. */
export const LOOK_SECONDS = 10;
/** How late systemd may start a check: the guard's timer has AccuracySec=1s. */
const LATE_SECONDS = 1;
/**
 * The dead-man tries the tool first, for this long, and kills it this much later. Then it goes on, even if the kill did
 * not end the tool.
 */
export const TOOL_SECONDS = 24;
export const TOOL_KILL_SECONDS = 2;
/**
 * The time for each request to systemd in the dead-man's own last resort, before it restarts the unit; and for the kill
 * after it.
 */
export const FALLBACK_SECONDS = 4;
export const FALLBACK_KILL_SECONDS = 1;
/** How long the dead-man waits for the start at the end of its last resort. systemd continues by itself. */
export const START_SECONDS = 45;

/** How long root's fallback lets the user's dead-man act first: one check, and a rollback in which nothing hangs. */
export const GRACE_SECONDS = 20;
/** A script's look at the lease, a user's file on a disk that may hang; or its removal. */
export const LEASE_FILE_SECONDS = 2;

/** How long a rollback waits for another command to release the lock. */
export const LOCK_WAIT_MS = 10_000;
/** Reading or writing one of the small files that a rollback keeps. It continues without the file. */
export const FILE_MS = 3000;
/** Reading and judging what a canary has published since its watch last looked, before a promotion may rest on it. */
export const UNJUDGED_MS = 15_000;
/** Removing the drop-in, and syncing its directory. */
export const DROP_IN_MS = 5000;
/** Arming a dead-man for a promoted canary, which has none. */
export const ARM_MS = 15_000;
/**
 * Reading where the telemetry ends, before a restart. If that takes longer, the proof starts at the end that it finds
 * later.
 */
export const MARK_MS = 3000;
/** The time for closing the source, on top of a proof's own time. */
export const CLOSE_MS = 3000;
/** Disarming the dead-man at the end. If that takes longer, it stays armed. */
export const DISARM_MS = 15_000;
/** The time to kill a command of systemd that does not answer. */
const KILL_MS = 1000;

/** One answer of systemd, even to a kill. */
export const ANSWER_MS: number = LOCAL_ANSWER_MS + KILL_MS;

/**
 * The longest `TimeoutStopSec` of a unit that may have a canary, in seconds. If the rule is changed later, a process
 * that takes longer is killed. The sums leave a few seconds for what no wait counts, such as starting programs.
 */
export const LONGEST_STOP_SECONDS = 12;

/** What a rollback waits for before it stops the unit, in order. */
export const BEFORE_THE_STOP_MS: Readonly<Record<string, number>> = {
  "the unit's own name": ANSWER_MS,
  "which canary is to go": FILE_MS,
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
  // Asked before each effect, but not again after a question that was not answered.
  "whether it is still the same": FILE_MS,
  "the drop-in": DROP_IN_MS,
};

/** The longest time from a violation to the order to stop the canary's process, in seconds. */
export const VIOLATED_SECONDS: number = sumOf(BEFORE_THE_STOP_MS) / 1000;

/**
 * The longest time from a violation to the end of the canary's process, which is killed if it outlives the stop, in
 * seconds.
 * @param stopSeconds the unit's `TimeoutStopSec`
 */
export function violatedSeconds(stopSeconds: number): number {
  return VIOLATED_SECONDS + stopSeconds + ANSWER_MS / 1000;
}

/** What a run of the dead-man waits for before its last resort stops the unit, in seconds. */
const BEFORE_THE_LAST_RESORT_SECONDS: Readonly<Record<string, number>> = {
  "the lease's file": LEASE_FILE_SECONDS,
  "the tool's own rollback": TOOL_SECONDS + TOOL_KILL_SECONDS,
  "the lease's file again": LEASE_FILE_SECONDS,
};

/** What the dead-man waits for before its last resort stops the unit, in seconds since the last renewal. */
export const DEAD_MAN_SECONDS: Readonly<Record<string, number>> = {
  "the lease, or a handover": Math.max(LEASE_SECONDS, HANDOVER_SECONDS),
  "the next look": LOOK_SECONDS + LATE_SECONDS,
  ...BEFORE_THE_LAST_RESORT_SECONDS,
};

/** What root's fallback waits for before it stops the unit, in seconds since the last renewal. */
export const ROOTS_SECONDS: Readonly<Record<string, number>> = {
  "the lease, or a handover": Math.max(LEASE_SECONDS, HANDOVER_SECONDS),
  "the dead-man, which acts first": GRACE_SECONDS,
  "the next look": LOOK_SECONDS + LATE_SECONDS,
  "the lease's file": LEASE_FILE_SECONDS,
  "the unit's processes": FALLBACK_SECONDS + FALLBACK_KILL_SECONDS,
  "their environment": FALLBACK_SECONDS,
};

/**
 * The longest that an unwatched canary serves before the order to stop it, in seconds: by the dead-man, and by root's
 * fallback.
 */
export const UNWATCHED_SECONDS: number = sumOf(DEAD_MAN_SECONDS);
export const WITHOUT_RIGHTS_SECONDS: number = sumOf(ROOTS_SECONDS);

/** The longest that an unwatched canary serves, in seconds. @param stopSeconds the unit's `TimeoutStopSec` */
export function unwatchedSeconds(stopSeconds: number): number {
  return UNWATCHED_SECONDS + stopSeconds + FALLBACK_SECONDS + FALLBACK_KILL_SECONDS;
}

/** The same if the dead-man's user has lost its rights, so that root's fallback acts. */
export function withoutRightsSeconds(stopSeconds: number): number {
  return WITHOUT_RIGHTS_SECONDS + stopSeconds + FALLBACK_SECONDS + FALLBACK_KILL_SECONDS;
}

/**
 * The longest that a canary serves after its last judgement while a watch runs that cannot judge it, such as one whose
 * telemetry cannot be read: the watch may renew the lease for the longest silence.
 * @param stopSeconds the unit's `TimeoutStopSec`
 */
export function unjudgedSeconds(stopSeconds: number): number {
  const longest = Math.max(unwatchedSeconds(stopSeconds), withoutRightsSeconds(stopSeconds));
  return longest - Math.max(LEASE_SECONDS, HANDOVER_SECONDS) + LONGEST_SILENCE_SECONDS;
}

/** What the dead-man's longest run waits for once the unit is stopped, in seconds. */
const AFTER_THE_STOP_SECONDS: Readonly<Record<string, number>> = {
  "the kill of what is left": FALLBACK_SECONDS + FALLBACK_KILL_SECONDS,
  "whether anything is left": FALLBACK_SECONDS + FALLBACK_KILL_SECONDS,
  "a reload": FALLBACK_SECONDS + FALLBACK_KILL_SECONDS,
  "forgetting failures": FALLBACK_SECONDS + FALLBACK_KILL_SECONDS,
  "the start": START_SECONDS + FALLBACK_KILL_SECONDS,
  "the removal of the lease": LEASE_FILE_SECONDS,
};

/** The longest run of the dead-man, in seconds: its guard must let it end. */
export const LONGEST_RUN_SECONDS: number =
  sumOf(BEFORE_THE_LAST_RESORT_SECONDS) + LONGEST_STOP_SECONDS + sumOf(AFTER_THE_STOP_SECONDS);

function sumOf(waits: Readonly<Record<string, number>>): number {
  return Object.values(waits).reduce((sum, each) => sum + each, 0);
}
