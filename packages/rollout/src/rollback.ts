import {
  asQscError,
  iso,
  sealed,
  type Canary,
  type ErrorCode,
  type OperationStep,
  type QscError,
  type RollbackDocument,
} from "@qsc/contract";
import { FILE_MS, LOCK_WAIT_MS } from "./operation/bounds.js";
import { reasonOf } from "./operation/document.js";
import { runOperation, type Operation } from "./operation/run-operation.js";
import { lockedTurn, type Turn } from "./operation/turn.js";
import { refuseInterrupted, unlessInterrupted } from "./host/interrupted.js";
import { within } from "./host/within.js";
import { readState } from "./canary/state.js";
import { systemCodeOf } from "./host/system-code.js";
import { restoreBaseline, type RestoredBaseline } from "./canary/restore-baseline.js";
import type { OperationContext } from "./operation/context.js";
import { rollbackRequest } from "./requests.js";

/** What `qsc rollback` is asked to do. */
export interface RollbackRequest {
  readonly reason: string;
  /** The code of the cause, for the audit log; missing if a person asks for the rollback. */
  readonly code?: ErrorCode;
  /** Act even if another command holds the lock and does not release it: for the dead-man. */
  readonly takeOver: boolean;
  /** The longest wait for the first decision of the new process, in milliseconds. */
  readonly proofMs: number;
  /** The process that serves the canary, if known. */
  readonly boot?: string | null;
  /** The canary that is to go, and no later one. Missing: the one that is there when the rollback begins. */
  readonly canary?: Canary;
  /** Only if no watch judges the canary: for the dead-man. As long as its lease runs, nothing is done. */
  readonly ifUnmonitored?: boolean;
  /**
   * Ends the rollback at once where nothing is half done: while it waits, before the drop-in is removed, and after the
   * new process has started. The dead-man does the rest.
   */
  readonly signal?: AbortSignal;
  /** Called when a step has ended. */
  readonly onStep?: (step: OperationStep) => void;
}

/**
 * Rolls back the canary: removes the drop-in and every `QSC_CANARY_*`, starts a new process, and waits until its
 * telemetry shows the baseline's weights. Can be called again at any time, in any state. If the command was stopped for
 * a while, and finds a later canary than the one that it began with, it leaves that alone: `canary_replaced`.
 * @throws QscError `canary_locked` if another command is acting and this one may not take over; `interrupted` if the
 * signal came before anything was changed
 */
export async function rollback(context: OperationContext, request: RollbackRequest): Promise<RollbackDocument> {
  rollbackRequest(request, "request");
  return runOperation(context, rollbackOperation(context, request), request.onStep);
}

/** Nothing is examined first: the baseline is restored from any state. */
function rollbackOperation(
  context: OperationContext,
  request: RollbackRequest,
): Operation<object, RestoredBaseline, RollbackDocument> {
  const { reason, code, takeOver, proofMs, boot, ifUnmonitored, signal } = request;
  let { canary } = request;
  return {
    turn: async () => {
      // The one that is there now, not one that is activated while this command waits, or is stopped.
      canary ??= await canaryNow(context, signal);
      return takeTurn(context, request);
    },
    examine: () => Promise.resolve({}),
    perform: async (_found, steps, { takesOver }) => {
      const restarts = takeOver ? "growing" : "always";
      const done = await restoreBaseline(
        context,
        {
          reason,
          proofMs,
          takesOver,
          restarts,
          ...(code !== undefined && { code }),
          ...(boot !== undefined && { boot }),
          ...(canary !== undefined && { canary }),
          ...(ifUnmonitored !== undefined && { ifUnmonitored }),
          ...(signal !== undefined && { signal }),
        },
        steps,
      );
      const { failure, warnings } = done;
      return { done, reasons: failure === null ? [] : [reasonOf(failure)], warnings };
    },
    document: (head, { done }) => {
      const { before = null, after = null, startedMs = null } = done ?? {};
      return sealed({
        kind: "rollback" as const,
        ...head,
        reason,
        weights: { before, after },
        cutover: startedMs === null ? null : iso(startedMs),
      });
    },
  };
}

/** The canary that the state tells of; undefined if there is none, or that cannot be read in time. */
async function canaryNow(context: OperationContext, signal: AbortSignal | undefined): Promise<Canary | undefined> {
  try {
    const reading = within(FILE_MS, `Reading ${context.paths.state}`, readState(context));
    const read = await (signal === undefined ? reading : unlessInterrupted(reading, signal));
    return read.kind === "state" ? (read.state.canary ?? undefined) : undefined;
  } catch (thrown) {
    // Swallowed: the rollback reads it again, and says so.
    asQscError(thrown);
    return undefined;
  }
}

/** Waits for the lock. A rollback that may act without it continues, whatever is wrong with the lock. */
async function takeTurn(context: OperationContext, { takeOver, signal }: RollbackRequest): Promise<Turn> {
  const { lock, unit } = context;
  try {
    return await lockedTurn(context, LOCK_WAIT_MS, signal);
  } catch (thrown) {
    // What ends this command may have ended `flock`, too: then the lock's failure says nothing.
    refuseInterrupted(signal);
    const error = asQscError(thrown);
    if (error.code === "interrupted" || !(takeOver || isUnwritable(error))) throw error;
    const why =
      error.code === "canary_locked"
        ? `Another command on ${unit} has not ended yet.`
        : `The lock could not be taken: ${error.message}`;
    let release = (): Promise<void> => Promise.resolve();
    // A command that held the lock all the time hangs. If only the attempt failed, the present holder, such as a
    // dead-man, is about to end.
    const patienceMs = error.code === "canary_locked" ? 0 : LOCK_WAIT_MS;
    const getsLock = (): Promise<boolean> =>
      lock.acquire(patienceMs).then(
        (late) => {
          release = late;
          return true;
        },
        () => false,
      );
    return { release: () => release(), takesOver: { why, getsLock } };
  }
}

/** Whether the lock could not be created because nothing can be written. */
function isUnwritable(error: QscError): boolean {
  return ["ENOSPC", "EDQUOT", "EROFS"].includes(systemCodeOf(error) ?? "");
}
