import { asQscError, iso, QscError } from "@qsc/contract";
import { within } from "../../host/within.js";
import { DROP_IN_MS, FILE_MS, LONGEST_STOP_SECONDS } from "../../operation/bounds.js";
import type { OperationContext } from "../../operation/context.js";
import { endProcesses, restartUnit, type Restarted } from "../../operation/restart.js";
import type { Steps } from "../../operation/steps.js";
import { CANARY_DROP_IN } from "../drop-in.js";
import { cleanLease, uncleanLease } from "../lease.js";
import { forgetRestarted, noteRestarted } from "../restarted.js";
import type { Attempt } from "./attempt.js";
import { requireNoKnownVariables, requireNoVariables, type CleanProcess, type EngineBefore } from "./process-before.js";
import { baselinesOf, proveBaseline } from "./proof.js";

/**
 * Starts a new process without the drop-in, and proves what it serves.
 * @param before whether there was a drop-in: without one, the current process is already clean, whatever becomes of the
 * next
 */
export async function newProcess(attempt: Attempt, { dropIn }: EngineBefore): Promise<CleanProcess> {
  const { context, request, state, steps } = attempt;
  await attempt.ahead(Promise.resolve());
  // It must not cover a process of another drop-in, if this attempt is killed before that has ended.
  if (attempt.isNoted)
    await attempt.tolerate("The note that no canary is left was not removed", async () => {
      await within(FILE_MS, "Removing it", Promise.all([forgetRestarted(context), uncleanLease(context)]));
    });
  const { startedMs, mark } = await withoutDropIn(attempt, dropIn ? null : attempt.cleanSince);
  await attempt.remember(iso(startedMs));
  await steps.take("environment", async () => {
    await requireNoVariables(context);
    return "no QSC_CANARY_* in it";
  });
  if (!(await mayHaveLeftovers(context, steps))) await clean(attempt);
  const weights = await attempt.ahead(baselinesOf(attempt));
  const formerBoots = [request.boot ?? null, state?.canary?.formerBoot ?? null];
  const proven = await steps.find("proof", () => proveBaseline(attempt, { weights, formerBoots, mark }));
  return { startedMs, proven };
}

/** Tells the dead-man that no process of the canary is left: then it starts nothing on its own. */
async function clean(attempt: Attempt): Promise<void> {
  const { context } = attempt;
  const may = (): Promise<unknown> => attempt.requireSameCanary();
  await attempt.tolerate("The lease was not written", async () => {
    try {
      await within(FILE_MS, `Writing ${context.paths.lease}`, cleanLease(context, may));
    } catch (thrown) {
      await attempt.tolerate("Nor was that noted beside the drop-in", () =>
        within(FILE_MS, "Noting it", noteRestarted(context)),
      );
      throw thrown;
    }
  });
}

/**
 * Whether processes of earlier starts may be left, which serve the canary. If they were killed without an error, they
 * are gone.
 */
async function mayHaveLeftovers({ services, unit }: OperationContext, { list }: Steps): Promise<boolean> {
  try {
    return (await services.leftovers(unit)).length > 0;
  } catch (thrown) {
    // Swallowed: the proof asks again, and proves nothing without an answer.
    asQscError(thrown);
    return wasKillRefused(list);
  }
}

function wasKillRefused(list: Steps["list"]): boolean {
  return list.some(({ name, outcome }) => name === "kill" && outcome === "failed");
}

/**
 * Removes the drop-in, ends the process, and starts one without it. systemd stops the unit under the rules that it has
 * loaded, and reads its files again once the canary's process is gone.
 * @param cleanSince what the state says meanwhile
 */
async function withoutDropIn(attempt: Attempt, cleanSince: string | null): Promise<Restarted> {
  let remembering = Promise.resolve();
  const removed = attempt.steps.take("drop-in removed", async () => {
    const { services, unit } = attempt.context;
    await attempt.requireSameCanary();
    const removing = services.removeDropIn(unit, CANARY_DROP_IN);
    // The stop does not wait for the disk.
    remembering = attempt.remember(cleanSince);
    await within(DROP_IN_MS, "Removing it", removing);
    return services.dropInPath(unit, CANARY_DROP_IN);
  });
  return restartedOnce(attempt, removed, () => remembering).finally(() => remembering);
}

/** @param remembering the writing of the state, which the start waits for */
async function restartedOnce(
  attempt: Attempt,
  removed: Promise<void>,
  remembering: () => Promise<void>,
): Promise<Restarted> {
  const { context, request, steps } = attempt;
  const { services } = context;
  const { signal } = request;
  try {
    await removed;
  } catch (thrown) {
    if (request.untouched === true || asQscError(thrown).code === "canary_replaced") throw thrown;
    throw await stopped(attempt, thrown);
  }
  const beforeStart = async (): Promise<void> => {
    await remembering();
    await steps.take("configuration reloaded", async () => {
      await services.reload();
      return services.label;
    });
    await requireNoKnownVariables(context).catch(async (thrown: unknown) => {
      const { code, message } = asQscError(thrown);
      steps.note("environment", "failed", message, code);
      if (!wasKillRefused(steps.list)) await clean(attempt);
      throw thrown;
    });
  };
  return restartUnit(context, steps, {
    killAfterMs: LONGEST_STOP_SECONDS * 1000,
    beforeStart,
    may: () => attempt.requireSameCanary().then(() => undefined),
    ...(signal !== undefined && { signal }),
  });
}

/**
 * Ends a canary's process if its drop-in cannot be removed, and starts no other: that would serve the canary again.
 * @param thrown why the drop-in stays
 * @returns the error to report
 */
async function stopped(attempt: Attempt, thrown: unknown): Promise<QscError> {
  const { context, steps } = attempt;
  const { unit } = context;
  const { code, message } = asQscError(thrown);
  const stays = "it stays stopped until its drop-in is removed";
  try {
    await steps.take("stop", async () => {
      const may = (): Promise<void> => attempt.requireSameCanary().then(() => undefined);
      await may();
      await endProcesses(context, steps, LONGEST_STOP_SECONDS * 1000, may);
      return stays;
    });
  } catch (failed) {
    if (asQscError(failed).code === "canary_replaced") return asQscError(failed);
    return new QscError(code, `${message} ${unit} could not be stopped either: ${asQscError(failed).message}`);
  }
  return new QscError(code, `${message} So ${unit} was stopped, and ${stays}.`);
}
