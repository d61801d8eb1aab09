import { rollbackCommand } from "../operation/document.js";
import type { OperationContext } from "../operation/context.js";
import type { Undone } from "../operation/run-operation.js";
import type { Steps } from "../operation/steps.js";
import { guardWords } from "./guard-words.js";
import { restoreBaseline } from "./restore-baseline.js";
import type { RestoreRequest } from "./restore/attempt.js";

/** How to undo an operation that gave a canary its share. */
interface Undoing {
  /** What is undone: `activation`. */
  readonly what: string;
  /** What is proven after a success, for the step. */
  readonly proven: string;
  readonly request: RestoreRequest;
}

/**
 * Restores the baseline after a failed shift of traffic, and notes the result: `undone` only if the baseline is proven
 * again. Never rejects.
 */
export async function undoShift(
  context: OperationContext,
  steps: Steps,
  { what, proven, request }: Undoing,
): Promise<Undone<never>> {
  const { failure, warnings } = await restoreBaseline(context, request, steps);
  if (failure === null) {
    steps.note(what, "undone", proven);
    return { warnings };
  }
  steps.note(what, "failed", `not undone: ${failure.message}`, failure.code);
  const guard = await guardWords(context, "keeps trying");
  const text = `It could not be undone: ${failure.message} ${guard} You can try, too: ${rollbackCommand(context)}.`;
  return { reasons: [{ code: "undo_not_proven", text }], warnings };
}
