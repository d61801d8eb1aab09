import { asQscError, iso, sealed, type ErrorCode, type OperationStep, type QscError, type RollbackDocument } from "@qsc/contract";
import { LOCK_WAIT_MS } from "./canary/bounds.js";
import { headOf, reasonOf } from "./canary/document.js";
import { systemCodeOf } from "./canary/system-code.js";
import { Steps } from "./canary/steps.js";
import { takeBack, type TakenBack, type TakeOver } from "./canary/take-back.js";
import type { CanaryWorld } from "./canary/world.js";
import { rollbackRequest } from "./requests.js";

export interface RollbackRequest {
  readonly reason: string;
  /** The code of what it is done for, for the audit log; missing where a person asks for it. */
  readonly code?: ErrorCode;
  /** Act although another command holds the lock and does not let go: for the dead-man. */
  readonly takeOver: boolean;
  /** Longest time for the first decision of the new process, in milliseconds. */
  readonly proofMs: number;
  /** The process that serves the canary, where it is known. */
  readonly boot?: string | null;
  /**
   * Ends it at once where nothing is half done: while it waits, before the drop-in goes, and after the new process has
   * started. What is left to do is the dead-man's.
   */
  readonly signal?: AbortSignal;
  readonly onStep?: (step: OperationStep) => void;
}

/**
 * Takes the canary back: no drop-in, no `QSC_CANARY_*`, a new process, and the baseline's weights seen in its
 * telemetry. May be called again at any time, and whatever state things are in.
 * @throws QscError `canary_locked` where another command acts and this one may not take over; `interrupted` where the
 *   signal came before anything was changed
 */
export async function rollback(world: CanaryWorld, request: RollbackRequest): Promise<RollbackDocument> {
  rollbackRequest(request, "request");
  const { reason, code, proofMs, boot, signal } = request;
  const steps = new Steps(request.onStep);
  const turn = await takeTurn(world, request);
  try {
    const restarts = request.takeOver ? "growing" : "always";
    const taken = await takeBack(world, { reason, proofMs, takesOver: turn.takesOver, restarts, ...(code !== undefined && { code }), ...(boot !== undefined && { boot }), ...(signal !== undefined && { signal }) }, steps);
    return rollbackDocument(world, reason, taken, steps);
  } finally {
    await turn.release();
  }
}

/** The lock, or what it takes to act without. */
interface Turn {
  readonly release: () => Promise<void>;
  readonly takesOver: TakeOver | null;
}

/** Waits for the lock. Where it may act all the same, nothing that is wrong with the lock stands in its way. */
async function takeTurn({ lock, unit }: CanaryWorld, { takeOver, signal }: RollbackRequest): Promise<Turn> {
  try {
    return { release: await lock.acquire(LOCK_WAIT_MS, signal), takesOver: null };
  } catch (thrown) {
    const error = asQscError(thrown);
    if (error.code === "interrupted" || !(takeOver || isUnwritable(error))) throw error;
    const why = error.code === "canary_locked"
      ? `Another command on ${unit} has not ended yet: the dead-man stays until it has.`
      : `The lock could not be taken, and the dead-man stays until it can: ${error.message}`;
    let release = (): Promise<void> => Promise.resolve();
    // One that had the lock all the time hangs. Where only asking for it failed, who has it now is about to end, as a dead-man is.
    const patienceMs = error.code === "canary_locked" ? 0 : LOCK_WAIT_MS;
    const getsLock = (): Promise<boolean> => lock.acquire(patienceMs).then((late) => {
      release = late;
      return true;
    }, () => false);
    return { release: () => release(), takesOver: { why, getsLock } };
  }
}

/** A lock that cannot be made where nothing can be written. */
function isUnwritable(error: QscError): boolean {
  return ["ENOSPC", "EDQUOT", "EROFS"].includes(systemCodeOf(error) ?? "");
}

function rollbackDocument(world: CanaryWorld, reason: string, taken: TakenBack, steps: Steps): RollbackDocument {
  const { before, after, startedMs, failure, warnings } = taken;
  return sealed({
    kind: "rollback" as const,
    ...headOf(world, { reasons: failure === null ? [] : [reasonOf(failure)], warnings }, steps),
    reason,
    weights: { before, after },
    cutover: startedMs === null ? null : iso(startedMs),
  });
}
