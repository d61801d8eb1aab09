import { asQscError, iso, QscError, sameWeights, type WeightsByModel } from "@qsc/contract";
import { removeFile } from "../host/files.js";
import { within } from "../host/within.js";
import { readAudit } from "../operation/audit-log.js";
import { ARM_MS, DISARM_MS, FILE_MS } from "../operation/bounds.js";
import type { OperationContext } from "../operation/context.js";
import { LEASE_SECONDS } from "../operation/lease-seconds.js";
import type { Steps } from "../operation/steps.js";
import { describeWeights } from "../operation/weights.js";
import { guardianOf } from "./guardian.js";
import { cutLease, guardName, isLeaseEnded, isReopened, olderGuard, reopenLease } from "./lease.js";
import { Attempt, type RestoreRequest } from "./restore/attempt.js";
import { newProcess } from "./restore/new-process.js";
import { engineBefore, leftRunning, requireTurn, type CleanProcess } from "./restore/process-before.js";
import { saveWeights } from "./saved-baseline.js";
import { guardWords } from "./guard-words.js";
import { forgetNotes, noteReopened } from "./restarted.js";
import { CANARY_DROP_IN } from "./drop-in.js";
import { takenOver } from "./state.js";

/** The result of rolling back a canary. */
export interface RestoredBaseline {
  readonly before: WeightsByModel | null;
  /** The weights that are proven to be served again; null if none are. */
  readonly after: WeightsByModel | null;
  /** Start of the new process, in milliseconds since 1970; null if none was started. */
  readonly startedMs: number | null;
  /** Why the baseline is not proven; null if it is. */
  readonly failure: QscError | null;
  readonly warnings: readonly string[];
}

/**
 * Rolls back the canary, however far its activation came: removes the drop-in, starts a new process, and proves its
 * weights by telemetry. The caller holds the lock, or takes over. Nothing that only keeps a record (state, log) may
 * block it, so a full disk does not. Every wait is bounded (bounds.ts). After a failure the dead-man stays armed, and
 * tries again. Never rejects.
 */
export async function restoreBaseline(
  context: OperationContext,
  request: RestoreRequest,
  steps: Steps,
): Promise<RestoredBaseline> {
  const attempt = await Attempt.begun(context, request, steps);
  const { state, warnings } = attempt;
  const { takesOver = null } = request;
  const before = state?.canary?.weights ?? null;
  let found: CleanProcess | null = null;
  try {
    await attempt.ahead(attempt.requireWanted());
    await guarded(attempt);
    const { wasLeft, ...clean } = await baselineProcess(attempt);
    found = clean;
    const { startedMs } = clean;
    const after = weightsOf(clean);
    // From here on no other command may begin a canary, whose records this one would remove.
    const isAlone = takesOver === null || (await takesOver.getsLock());
    const now = await attempt.requireSameCanary();
    await saveOwn(attempt, after);
    // An engine that had no canary and was left running gets no entry, unless another attempt has begun and failed since.
    const isKnown =
      wasLeft && ((state?.phase === "baseline" && now?.phase === "baseline") || (await isLogged(attempt, startedMs)));
    // Before the last comparison, after which nothing must take long.
    const kept = isAlone ? null : `${takesOver.why} ${await guardWords(context, "stays armed until the lock is free")}`;
    await attempt.requireSameCanary();
    await (isKnown ? attempt.logUnlogged() : attempt.log("rollback", { before, after }));
    await forget(attempt);
    if (kept === null) await release(attempt);
    else warnings.push(kept);
    return { before, after, startedMs, failure: null, warnings };
  } catch (thrown) {
    // Another canary is reason enough for any of them.
    const replaced = await attempt.requireSameCanary().then(() => null, asQscError);
    return failedRestore(attempt, replaced ?? asQscError(thrown), found);
  }
}

/**
 * What a failed attempt says and leaves.
 * @param found the process that was proven before it failed; null if none was
 */
async function failedRestore(
  attempt: Attempt,
  failure: QscError,
  found: CleanProcess | null,
): Promise<RestoredBaseline> {
  const { context, state, warnings } = attempt;
  const before = state?.canary?.weights ?? null;
  const failed = (said: string): RestoredBaseline => {
    return { before, after: null, startedMs: null, failure: new QscError(failure.code, said), warnings };
  };
  // Another canary's lease is not this attempt's to cut.
  if (failure.code === "canary_replaced" || failure.code === "canary_taken_over") return failed(failure.message);
  if (found === null && (await attempt.isOvertaken()))
    return failed(`${failure.message} Meanwhile another command has rolled the canary back: run qsc status.`);
  await leaveToDeadMan(attempt, failure, found !== null);
  if (found === null) {
    if (before !== null) warnings.push(await guardWords(context, "tries again"));
    return failed(failure.message);
  }
  const what = `${context.unit} serves its baseline again, which is proven, but not all that guarded its canary could be removed`;
  return {
    ...failed(`${what}: ${failure.message} ${await guardWords(context, "stays armed until it is")}`),
    after: weightsOf(found),
    startedMs: found.startedMs,
  };
}

function weightsOf({ proven }: CleanProcess): WeightsByModel {
  return Object.fromEntries(proven.engine.weights);
}

/** Whether an earlier attempt, whose state could not be written, has logged that this process serves the baseline. */
async function isLogged({ context, isNoted }: Attempt, startedMs: number): Promise<boolean> {
  if (!isNoted) return false;
  const reading = within(FILE_MS, `Reading ${context.paths.audit}`, readAudit(context.files, context.paths.audit));
  const last = (await reading.catch(() => null))?.entries.at(-1);
  return last?.event === "rollback" && Date.parse(last.at) >= startedMs;
}

/** Arms the dead-man for a promoted canary, too, as soon as its rollback begins. */
async function guarded(attempt: Attempt): Promise<void> {
  if (attempt.isGuarded) return;
  await attempt.requireSameCanary();
  await attempt.tolerate("The dead-man was not armed", async () => {
    await within(ARM_MS, "Arming it", guardAgain(attempt.context));
    attempt.isGuarded = true;
  });
}

/** A promoted canary's lease survives reboots, so it becomes an ordinary one first. */
async function guardAgain(context: OperationContext): Promise<void> {
  if (await isLeaseEnded(context)) await reopened(context);
  await context.services.armGuard(await guardianOf(context));
}

/**
 * On a disk that became read-only, a note beside the drop-in says so instead. If an earlier attempt has left that note,
 * the canary has had its time: with more of it, the dead-man whose tool this may be would take it for another one.
 */
async function reopened(context: OperationContext): Promise<void> {
  const seconds = (await isReopened(context)) ? 0 : LEASE_SECONDS;
  try {
    await reopenLease(context, seconds);
    await context.files.sync(context.paths.lease);
  } catch (thrown) {
    if (!(await noteReopened(context))) throw thrown;
  }
}

/** A process that proves the baseline: the running one if it can, otherwise a new one. */
async function baselineProcess(attempt: Attempt): Promise<CleanProcess & { readonly wasLeft: boolean }> {
  const before = await attempt.ahead(engineBefore(attempt.context));
  // Counted before anything can end this attempt.
  if (attempt.state?.phase === "rolling_back") await attempt.ahead(attempt.remember(attempt.cleanSince));
  const left = await attempt.ahead(leftRunning(attempt, before));
  if (left !== null) {
    await attempt.remember(iso(left.startedMs));
    return { ...left, wasLeft: true };
  }
  await attempt.ahead(requireTurn(attempt, before));
  return { ...(await newProcess(attempt, before)), wasLeft: false };
}

/** If the promoted weights are served without the drop-in, they are the engine's own: the baseline from now on. */
async function saveOwn(attempt: Attempt, after: WeightsByModel): Promise<void> {
  const { context, state, warnings } = attempt;
  if (state?.phase !== "promoted" || !sameWeights(after, state.canary.weights)) return;
  await attempt.tolerate("The baseline was not written", () =>
    within(FILE_MS, `Writing ${context.paths.baseline}`, saveWeights(context, after)),
  );
  warnings.push(
    `${context.unit} serves ${describeWeights(after)} even without the drop-in: they are its own weights by now.`,
  );
}

/** Records that there is no canary. If there is no room to write that, removing the state says the same. */
async function forget(attempt: Attempt): Promise<void> {
  const { context } = attempt;
  const forgetting = async (): Promise<void> => {
    try {
      await attempt.writeBaseline();
    } catch (thrown) {
      await attempt.requireSameCanary();
      await removeFile(context.files, context.paths.state);
      throw thrown;
    }
  };
  await attempt.tolerate("The state was not written", () =>
    within(FILE_MS, `Writing ${context.paths.state}`, forgetting()),
  );
  await attempt.requireSameCanary();
  await within(FILE_MS, `Removing ${context.paths.lease}`, removeFile(context.files, context.paths.lease));
  await attempt.tolerate("The notes beside the drop-in were not removed", () =>
    within(FILE_MS, "Removing them", forgetNotes(context)),
  );
  // Without the lock, another command may have begun a canary meanwhile: without its records, its dead-man acts at once.
  const dropIn = context.services.readDropIn(context.unit, CANARY_DROP_IN);
  if ((await within(FILE_MS, "Reading the drop-in", dropIn)) !== null) throw takenOver(context);
}

/** Disarms the dead-man. Not while another command may still wake up and act on a canary. */
async function release(attempt: Attempt): Promise<void> {
  const { context, steps } = attempt;
  await attempt.tolerate("The dead-man of an older version was not disarmed", async () => {
    const older = await within(FILE_MS, "Looking for it", olderGuard(context));
    if (older !== null) await within(DISARM_MS, "Disarming it", context.services.disarmGuard(older));
  });
  // Last, because it ends the dead-man's own run, which may be this one.
  await steps.take("dead-man disarmed", async () => {
    await within(DISARM_MS, "Disarming it", context.services.disarmGuard(guardName(context.unit)));
    return "the baseline needs no guard";
  });
}

/**
 * Leaves the rest to the dead-man, at its next check: a failed attempt gives the canary no more time.
 * @param isProven whether the baseline was proven: then the log says so, and nothing that comes after it
 */
async function leaveToDeadMan(attempt: Attempt, failure: QscError, isProven: boolean): Promise<void> {
  const { context, isDue, number } = attempt;
  await attempt.tolerate("The lease was not cut", () =>
    within(
      FILE_MS,
      `Writing ${context.paths.lease}`,
      cutLease(context, () => attempt.requireSameCanary()),
    ),
  );
  if (!isDue || isProven) return;
  await attempt.log("rollback_failed", { failure: failure.message, failureCode: failure.code, attempt: number });
  await attempt.keepUnlogged();
}
