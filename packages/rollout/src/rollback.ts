import { asQscError, QscError, iso, sealed, type OperationStep, type RollbackDocument } from "@qsc/contract";
import { headOf } from "./canary/document.js";
import { Steps } from "./canary/steps.js";
import { takeBack, type TakenBack } from "./canary/take-back.js";
import type { CanaryWorld } from "./canary/world.js";
import { rollbackRequest } from "./requests.js";

export interface RollbackRequest {
  readonly reason: string;
  /** Act although another command holds the lock and does not let go: for the dead-man. */
  readonly takeOver: boolean;
  /** Longest time for the first decision of the new process, in milliseconds. */
  readonly proofMs: number;
  /** The process that serves the canary, where it is known. */
  readonly boot?: string | null;
  readonly onStep?: (step: OperationStep) => void;
}

/** How long somebody else's command is waited for, in milliseconds. */
const WAIT_MS = 10_000;

/**
 * Takes the canary back: no drop-in, no `QSC_CANARY_*`, a new process, and the baseline's weights seen in its
 * telemetry. May be called again at any time, and whatever state things are in.
 * @throws QscError `canary_locked` where another command acts and this one may not take over
 */
export async function rollback(world: CanaryWorld, request: RollbackRequest): Promise<RollbackDocument> {
  rollbackRequest(request, "request");
  const { reason, proofMs, boot, takeOver } = request;
  const steps = new Steps(request.onStep);
  const release = await turn(world, takeOver);
  try {
    return rollbackDocument(world, reason, await takeBack(world, { reason, proofMs, takesOver: release === null, ...(boot !== undefined && { boot }) }, steps), steps);
  } finally {
    await release?.();
  }
}

async function turn({ lock }: CanaryWorld, takeOver: boolean): Promise<(() => Promise<void>) | null> {
  try {
    return await lock.acquire(WAIT_MS);
  } catch (thrown) {
    if (takeOver && thrown instanceof QscError && thrown.code === "canary_locked") return null;
    throw asQscError(thrown);
  }
}

function rollbackDocument(world: CanaryWorld, reason: string, taken: TakenBack, steps: Steps): RollbackDocument {
  const { before, after, startedMs, failure, warnings } = taken;
  return sealed({
    kind: "rollback" as const,
    ...headOf(world, { reasons: failure === null ? [] : [failure.message], warnings }, steps),
    reason,
    weights: { before, after },
    cutover: startedMs === null ? null : iso(startedMs),
  });
}
