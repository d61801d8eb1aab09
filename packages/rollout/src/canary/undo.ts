import { rollbackCommand, type Reason } from "./document.js";
import type { Steps } from "./steps.js";
import type { TakenBack } from "./take-back.js";
import type { CanaryWorld } from "./world.js";

/**
 * Notes what came of undoing an operation: `undone` only where the baseline is proven again. Answers the reason for the
 * document where it is not.
 * @param what was undone: `activation`
 * @param proven what is proven, for the step
 */
export function noteUndo(world: CanaryWorld, steps: Steps, { what, proven }: { readonly what: string; readonly proven: string }, { failure }: TakenBack): readonly Reason[] {
  if (failure === null) {
    steps.note(what, "undone", proven);
    return [];
  }
  steps.note(what, "failed", `not undone: ${failure.message}`, failure.code);
  const text = `It could not be undone: ${failure.message} The dead-man goes on trying; so may you: ${rollbackCommand(world)}.`;
  return [{ code: "undo_not_proven", text }];
}
