import { CANARY_SHARES, idTime, iso, QscError, type Canary, type WatchProgress, type WatchStamp } from "@qsc/contract";
import { restart } from "@qsc/systemd";
import { appendAudit } from "./audit-log.js";
import { CANARY_DROP_IN, canaryEnvironment } from "./drop-in.js";
import { replaceFile } from "./files.js";
import { HANDOVER_SECONDS, deadMan, renewLease } from "./lease.js";
import { restartUnit } from "./restart.js";
import { requireOwnState, takenOver, writeState } from "./state-file.js";
import type { Steps } from "./steps.js";
import { prove } from "./prove.js";
import { requireStoppable } from "./stop-bound.js";
import { requireCanaryEnvironment } from "./unit-environment.js";
import { whileItRuns } from "./unit-fate.js";
import { describeWeights } from "./weights.js";
import { stampOf } from "../watch/watched-time.js";
import type { CanaryWorld } from "./world.js";

/** Longest time for the unit that watches to be ready, in milliseconds. */
const WATCH_START_MS = 30_000;

/** Before this step nothing is done to the engine. */
const DROP_IN_STEP = "drop-in written";
/** What an operator has to do where no unit watches. */
export const NOBODY_WATCHES: string = `no unit watches: start qsc monitor within ${HANDOVER_SECONDS} s, or the canary is taken back`;

export interface SwitchRequest {
  readonly canary: Canary;
  readonly event: "activate" | "promote";
  readonly rollbackCommand: string;
  readonly proofMs: number;
  readonly durationMs: number;
  /** The unit that watches; null: the operator starts the watch. */
  readonly watchUnit: string | null;
  readonly signal: AbortSignal;
}

/**
 * Gives a canary its share: what is intended is written first, the dead-man is armed before the drop-in is there, and
 * the new process proves by its telemetry that it serves the weights. The caller has the lock, and takes the
 * canary back when this rejects. Answers the start of the new process, in milliseconds since 1970.
 */
export async function switchTo(world: CanaryWorld, request: SwitchRequest, steps: Steps): Promise<number> {
  const { services, unit } = world;
  const { canary, signal } = request;
  await steps.take("intent", async () => {
    // First: what is done from here on has its own time, whatever is left of a watch's.
    await renewLease(world, HANDOVER_SECONDS);
    await writeState(world, { phase: "activating", canary, watch: null });
    return world.paths.state;
  });
  await steps.take("settings saved", async () => {
    // They may hold a password.
    await replaceFile(world.files, world.paths.settings, `${JSON.stringify(world.settings, null, 2)}\n`, 0o600);
    return world.paths.settings;
  });
  await steps.take("dead-man armed", async () => {
    const guard = deadMan(world);
    await services.armGuard(guard);
    return `${guard.name}, every ${guard.everySeconds} s`;
  });
  await steps.take(DROP_IN_STEP, async () => {
    await stillOurs(world, signal);
    await services.writeDropIn(unit, CANARY_DROP_IN, canaryEnvironment(canary));
    return services.dropInPath(unit, CANARY_DROP_IN);
  });
  await steps.take("configuration reloaded", async () => {
    await services.reload();
    return services.label;
  });
  await steps.take("environment", async () => {
    await requireCanaryEnvironment(world, canary);
    return `the drop-in's; ${requireStoppable(world, await services.state(unit))}`;
  });
  await stillOurs(world, signal);
  const { startedMs, mark } = await restartUnit(world, steps);
  const { weights, model, formerBoot, served = null } = canary;
  const { id } = await steps.find("proof", () =>
    whileItRuns(world, { restarts: "end", signal }, (end) =>
      prove(world, { weights: [weights], canary: model, served, formerBoots: [formerBoot], mark }, request.proofMs, end)));
  await stillOurs(world, signal);
  await steps.take("audit log", async () => {
    const { model, share, weights, baseline } = canary;
    await appendAudit(world, request.event, { model, share, weights, baseline, rollback: request.rollbackCommand });
    return world.paths.audit;
  });
  await steps.take("watch begins", async () => {
    const stamp = await stampOf(world.clock);
    await renewLease(world, HANDOVER_SECONDS);
    const watch = newWatch(world, { cutoverMs: Math.max(startedMs, idTime(id)), durationMs: request.durationMs, stamp });
    await writeState(world, { phase: "canary", canary, evidence: null, watch });
    // Another command that took over while this one hung has removed it.
    if ((await services.readDropIn(unit, CANARY_DROP_IN)) === null) throw takenOver(world);
    return `${describeWeights(canary.weights)} from ${iso(startedMs)} on`;
  });
  const { watchUnit } = request;
  if (watchUnit === null) {
    steps.note("watch started", "skipped", NOBODY_WATCHES);
  } else {
    await steps.take("watch started", async () => {
      await restart(services, watchUnit, { timeoutMs: WATCH_START_MS });
      return watchUnit;
    });
  }
  return startedMs;
}

async function stillOurs(world: CanaryWorld, signal: AbortSignal): Promise<void> {
  if (signal.aborted) throw new QscError("interrupted", "Interrupted before it was done.");
  await requireOwnState(world);
}

/** Whether an operation never came to the engine. */
export function isUntouched({ list }: Steps): boolean {
  return !list.some(({ name }) => name === DROP_IN_STEP);
}

/** What a watch begins with. */
interface WatchStart {
  /** The first decision of the new process: by the telemetry's clock, which may be ahead, none of the former comes after it. */
  readonly cutoverMs: number;
  readonly durationMs: number;
  readonly stamp: WatchStamp;
}

function newWatch({ clock }: CanaryWorld, { cutoverMs, durationMs, stamp }: WatchStart): WatchProgress {
  return {
    cutover: iso(cutoverMs),
    startedAt: iso(clock.now()),
    cursor: null,
    watchedMs: 0,
    durationMs,
    judgements: 0,
    events: 0,
    lastJudgedAt: null,
    stamp,
    worst: [],
  };
}

/** The share that comes after another; null after the last. */
export function nextShare(share: Canary["share"]): Canary["share"] | null {
  return CANARY_SHARES[CANARY_SHARES.indexOf(share) + 1] ?? null;
}
