import { asQscError, type OperationHead, type OperationStep, type QscError } from "@qsc/contract";
import type { OperationContext } from "./context.js";
import { headOf, reasonOf, type Conclusion } from "./document.js";
import { unlessInterrupted } from "../host/interrupted.js";
import { Refused } from "./refused.js";
import { Steps } from "./steps.js";
import type { Turn } from "./turn.js";

/**
 * A command that acts, as a description. `runOperation` does what is the same for each: it takes and releases the turn,
 * records the steps, ends an interrupted examination, turns errors into reasons, undoes, and writes the head of the
 * document.
 */
export interface Operation<Found, Done, Document> {
  /** Waits for the right to act. Its errors are thrown to the caller, as nothing was examined yet. */
  readonly turn: () => Promise<Turn>;
  /** Finds out what acting needs, and changes nothing; its errors are refusals. */
  readonly examine: (steps: Steps) => Promise<Found>;
  /** Ends the examination at once. Missing: it is never interrupted, or handles that itself. */
  readonly signal?: AbortSignal;
  /** Notes what would be done instead of acting; missing in order to act. */
  readonly plan?: (found: Found, steps: Steps) => void | Promise<void>;
  /**
   * Writes what acting needs and what never has to be undone. Its errors are refusals, like those of an examination.
   */
  readonly prepare?: (found: Found, steps: Steps) => Promise<void>;
  /** Acts. */
  readonly perform: (found: Found, steps: Steps, turn: Turn) => Promise<Performed<Done>>;
  /** Undoes a failed performance. Never rejects. Missing: what was done stays, and can be repeated. */
  readonly undo?: (failure: QscError, found: Found, steps: Steps) => Promise<Undone<Done>>;
  /** Turns an error into one that an operator understands. Missing: it stays as it is. */
  readonly understood?: (thrown: unknown) => unknown;
  /** The document of an outcome, below its head. */
  readonly document: (head: OperationHead, outcome: Outcome<Found, Done>) => Document;
}

/** The result of a performance. */
interface Performed<Done> extends Partial<Conclusion> {
  readonly done: Done;
}

/** The result of undoing: reasons beyond the failure itself, and what is there now, if the document is to show it. */
export interface Undone<Done> extends Partial<Conclusion> {
  readonly done?: Done;
}

/** How an operation ended, for its document. */
interface Outcome<Found, Done> {
  /** What was found, or the part of it that a refusal shows. */
  readonly found: Partial<Found>;
  /** Null if nothing was done, or nothing is left of it. */
  readonly done: Done | null;
}

/** An outcome, and what the document's head says about it. */
type Ended<Found, Done> = Outcome<Found, Done> & Conclusion;

/** Runs a command from its examination to its document. @throws what is not a refusal: a bug of the tool itself */
export async function runOperation<Found extends object, Done, Document>(
  context: OperationContext,
  operation: Operation<Found, Done, Document>,
  onStep?: (step: OperationStep) => void,
): Promise<Document> {
  const steps = new Steps(onStep);
  const turn = await operation.turn();
  try {
    const ended = await outcomeOf(operation, steps, turn);
    // Interrupted work may still be under way: the document has what was there when it ended.
    steps.close();
    return operation.document(headOf(context, ended, steps), ended);
  } finally {
    await turn.release();
  }
}

async function outcomeOf<Found extends object, Done, Document>(
  operation: Operation<Found, Done, Document>,
  steps: Steps,
  turn: Turn,
): Promise<Ended<Found, Done>> {
  let found: Found;
  try {
    found = await examined(operation, steps);
  } catch (thrown) {
    return refusal(operation, thrown, {});
  }
  const { plan, prepare, perform, undo } = operation;
  if (plan !== undefined) {
    await plan(found, steps);
    return { found, done: null, reasons: [] };
  }
  try {
    await prepare?.(found, steps);
  } catch (thrown) {
    return refusal(operation, thrown, found);
  }
  try {
    return { found, reasons: [], ...(await perform(found, steps, turn)) };
  } catch (thrown) {
    if (undo === undefined) return refusal(operation, thrown, found);
    const failure = asQscError(thrown);
    const { done = null, reasons = [], ...rest } = await undo(failure, found, steps);
    return { found, done, ...rest, reasons: [reasonOf(failure), ...reasons] };
  }
}

async function examined<Found, Done, Document>(
  { examine, signal }: Operation<Found, Done, Document>,
  steps: Steps,
): Promise<Found> {
  const examining = examine(steps);
  return signal === undefined ? examining : unlessInterrupted(examining, signal);
}

/** A thrown error, as a refusal. A bug of the tool itself is thrown to the caller instead. */
function refusal<Found extends object, Done, Document>(
  { understood = (each) => each }: Operation<Found, Done, Document>,
  thrown: unknown,
  found: Partial<Found>,
): Ended<Found, Done> {
  const conclusion = concluded(thrown, understood);
  const shown = thrown instanceof Refused ? (thrown as Refused<Found>).found : {};
  return { found: { ...found, ...shown }, done: null, ...conclusion };
}

function concluded(thrown: unknown, understood: (thrown: unknown) => unknown): Conclusion {
  if (thrown instanceof Refused) return { reasons: thrown.reasons, isCollection: thrown.isCollection };
  const error = asQscError(understood(thrown));
  if (error.code === "internal") throw error;
  return { reasons: [reasonOf(error)] };
}
