import {
  CANARY_SHARES,
  canaryEnvironment,
  idTime,
  iso,
  QscError,
  type Canary,
  type EntryId,
  type WatchEvidence,
  type WatchProgress,
  type WatchStamp,
} from "@qsc/contract";
import { restart } from "@qsc/systemd";
import { appendAudit } from "../operation/audit-log.js";
import { loggedCanary } from "./identity.js";
import { CANARY_DROP_IN } from "./drop-in.js";
import { replaceFile } from "../host/files.js";
import { guardianOf } from "./guardian.js";
import { HANDOVER_SECONDS, leaseRuns, prolongLease, renewLease } from "./lease.js";
import type { NextWatch } from "./next-watch.js";
import { restartUnit } from "../operation/restart.js";
import { ownState, requireOwnState, stateAs, takenOver, writeState, type Judgeable, type ReadState } from "./state.js";
import type { Steps } from "../operation/steps.js";
import { prove } from "../operation/prove.js";
import { requireStoppable } from "./stop-bound.js";
import { requireCanaryEnvironment } from "./unit-environment.js";
import { whileItRuns } from "../operation/unit-fate.js";
import { describeWeights } from "../operation/weights.js";
import { stampOf } from "./watched-time.js";
import type { OperationContext } from "../operation/context.js";
import type { Judged } from "./judged.js";

/** The longest that the watching unit may take to be ready, in milliseconds. */
const WATCH_START_MS = 30_000;

/** Before this step nothing is done to the engine. */
const DROP_IN_STEP = "drop-in written";
/** What an operator has to do if no unit watches. */
export const NOBODY_WATCHES: string = `no unit watches: start qsc monitor within ${HANDOVER_SECONDS} s, or the canary is rolled back`;

export interface ShiftRequest extends Pick<NextWatch, "proofMs" | "durationMs" | "watchUnit" | "signal"> {
  readonly canary: Canary;
  /** The state that was found before anything was examined. */
  readonly before: ReadState;
  /**
   * What the watch at the share before has gathered up to the first decision of the new process, which the next one
   * continues; rejects if that speaks against the canary. Null for a first watch.
   */
  readonly evidenceUntil: ((first: EntryId) => Promise<WatchEvidence>) | null;
  /**
   * Judges what the new process has published by now, so that a proof that takes long gives the canary no time without a
   * judgement; rejects if that speaks against the canary. The watch begins where that ends.
   */
  readonly judged: (canary: Judgeable) => Promise<Judged>;
  readonly event: "activate" | "promote";
  readonly rollbackCommand: string;
}

/**
 * Gives a canary its share: first records the intent, arms the dead-man before it writes the drop-in, and has the new
 * process prove by its telemetry that it serves the weights. The caller holds the lock, and rolls back the canary if
 * this rejects. Answers the start of the new process, in milliseconds since 1970.
 */
export async function shiftTraffic(context: OperationContext, request: ShiftRequest, steps: Steps): Promise<number> {
  await secure(context, request, steps);
  await configure(context, request, steps);
  await stillOurs(context, request.signal);
  const serving = await serve(context, request, steps);
  const evidence = (await request.evidenceUntil?.(serving.first)) ?? null;
  await stillOurs(context, request.signal);
  const first = await firstJudgement(context, request, { ...serving, evidence }, steps);
  await beginWatch(context, request, { ...serving, ...first }, steps);
  return serving.startedMs;
}

/** Makes sure that the canary is rolled back if this command dies at any moment from here on. */
async function secure(context: OperationContext, { canary, before, event }: ShiftRequest, steps: Steps): Promise<void> {
  await steps.take("intent", async () => {
    // First: the work from here on has its own time, however little is left of a watch's lease.
    if (event === "activate") await renewLease(context, HANDOVER_SECONDS);
    else await prolong(context, HANDOVER_SECONDS);
    // If this command was stopped for a while, another one may have acted, and has left a state of its own.
    await writeState(context, { phase: "activating", canary, watch: null }, stateAs(context, before));
    return context.paths.state;
  });
  await steps.take("settings saved", async () => {
    // They may contain a password.
    await replaceFile(context.files, context.paths.settings, `${JSON.stringify(context.settings, null, 2)}\n`, 0o600);
    return context.paths.settings;
  });
  await steps.take("dead-man armed", async () => {
    const guard = await guardianOf(context);
    await context.services.armGuard(guard);
    return `${guard.name}, every ${guard.everySeconds} s`;
  });
}

/** Writes the drop-in, and checks that the next start will read it. */
async function configure(context: OperationContext, { canary, signal }: ShiftRequest, steps: Steps): Promise<void> {
  const { services, unit } = context;
  await steps.take(DROP_IN_STEP, async () => {
    await stillOurs(context, signal);
    await services.writeDropIn(unit, CANARY_DROP_IN, canaryEnvironment(canary));
    return services.dropInPath(unit, CANARY_DROP_IN);
  });
  await steps.take("configuration reloaded", async () => {
    await services.reload();
    return services.label;
  });
  await steps.take("environment", async () => {
    // Another command that acts meanwhile removes the drop-in: say so, not that the environment is wrong.
    await stillOurs(context, signal);
    await requireCanaryEnvironment(context, canary);
    return `the drop-in's; ${requireStoppable(context, await services.state(unit))}`;
  });
}

/** When a process began to serve, in milliseconds since 1970. */
interface Serving {
  /** Its start, by the host's clock. */
  readonly startedMs: number;
  /** Its first decision. */
  readonly first: EntryId;
}

/** Starts a new process, which proves that it serves the canary. */
async function serve(
  context: OperationContext,
  { canary, proofMs, signal }: ShiftRequest,
  steps: Steps,
): Promise<Serving> {
  const { startedMs, mark } = await restartUnit(context, steps);
  const { weights, model, formerBoot, served = null } = canary;
  const { id } = await steps.find("proof", () =>
    whileItRuns(context, { restarts: "end", signal }, (end) =>
      prove(context, { weights: [weights], canary: model, served, formerBoots: [formerBoot], mark }, proofMs, end),
    ),
  );
  return { startedMs, first: id };
}

/** The watch of a canary of which all that there is has just been judged. */
async function firstJudgement(
  context: OperationContext,
  { canary, durationMs, judged }: ShiftRequest,
  { first, evidence }: Serving & { readonly evidence: WatchEvidence | null },
  steps: Steps,
): Promise<Pick<Beginning, "evidence" | "watch">> {
  return steps.find("first decisions", async () => {
    const watch = newWatch(context, { first, durationMs, stamp: await stampOf(context.clock) });
    const { events, upTo, evidence: since } = await judged({ canary, evidence, watch });
    return { said: `${events} violate nothing`, found: { evidence: since, watch: { ...watch, ...upTo } } };
  });
}

/** What a watch begins with. */
interface Beginning extends Serving {
  readonly evidence: WatchEvidence;
  readonly watch: WatchProgress & { readonly stamp: WatchStamp };
}

/** Records that the canary is live, and starts its watch. */
async function beginWatch(
  context: OperationContext,
  { canary, event, rollbackCommand, watchUnit }: ShiftRequest,
  { startedMs, evidence, watch }: Beginning,
  steps: Steps,
): Promise<void> {
  const { services, unit } = context;
  await steps.take("audit log", async () => {
    const { weights, baseline } = canary;
    await appendAudit(context, event, { ...loggedCanary(canary), weights, baseline, rollback: rollbackCommand });
    return context.paths.audit;
  });
  await steps.take("watch begins", async () => {
    // From the judgement on, however long ago that was.
    const { uptimeMs } = await stampOf(context.clock);
    await prolong(context, HANDOVER_SECONDS - (uptimeMs - watch.stamp.uptimeMs) / 1000);
    await writeState(context, { phase: "canary", canary, evidence, watch }, ownState(context));
    // If another command took over while this one hung, it has removed the drop-in.
    if ((await services.readDropIn(unit, CANARY_DROP_IN)) === null) throw takenOver(context);
    return `${describeWeights(canary.weights)} from ${iso(startedMs)} on`;
  });
  if (watchUnit === null) {
    steps.note("watch started", "skipped", NOBODY_WATCHES);
    return;
  }
  await steps.take("watch started", async () => {
    await restart(services, watchUnit, { timeoutMs: WATCH_START_MS });
    return watchUnit;
  });
}

async function stillOurs(context: OperationContext, signal: AbortSignal): Promise<void> {
  if (signal.aborted) throw new QscError("interrupted", "Interrupted before the canary was live.");
  await requireOwnState(context);
  // A rollback ends with the lease, also one whose state this command has overwritten.
  if (!(await leaseRuns(context))) throw takenOver(context);
}

/** Prolongs a lease to this many seconds from now. @throws QscError `canary_taken_over` if it has run out, or is gone */
async function prolong(context: OperationContext, seconds: number): Promise<void> {
  const { uptimeSeconds } = await context.clock.boot();
  if (!(await prolongLease(context, uptimeSeconds + seconds))) throw takenOver(context);
}

/** Whether an operation never reached the engine. */
export function isUntouched({ list }: Steps): boolean {
  return !list.some(({ name }) => name === DROP_IN_STEP);
}

/** The start of a watch. */
interface WatchStart {
  /**
   * The first decision of the new process. The watch begins with it, by the telemetry's clock alone: no decision of the
   * former process comes later, and the host's clock may have been ahead when the process started, so that the watch
   * would read nothing until then. A stream in which it is not, and was not trimmed, was lost meanwhile.
   */
  readonly first: EntryId;
  readonly durationMs: number;
  readonly stamp: WatchStamp;
}

function newWatch({ clock }: OperationContext, { first, durationMs, stamp }: WatchStart): Beginning["watch"] {
  return {
    cutover: iso(idTime(first)),
    startedAt: iso(clock.now()),
    cursor: first,
    watchedMs: 0,
    durationMs,
    judgements: 0,
    events: 0,
    lastJudgedAt: null,
    stamp,
    worst: [],
  };
}

/** The next larger share; null after the last. */
export function nextShare(share: Canary["share"]): Canary["share"] | null {
  return CANARY_SHARES[CANARY_SHARES.indexOf(share) + 1] ?? null;
}
