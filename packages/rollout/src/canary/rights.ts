import { asQscError, describeDuration, QscError } from "@qsc/contract";
import { CANARY_DROP_IN } from "./drop-in.js";
import { requireFallback } from "./fallback.js";
import { requireStoppable } from "./stop-bound.js";
import type { OperationContext } from "../operation/context.js";

/** Milliseconds; a working manager or polkit needs a fraction of this. */
const ANSWER_MS = 5000;

/**
 * What would prevent this user from rolling back a canary now; empty if nothing would. Changes nothing. Checks that the
 * drop-in can be removed, that systemd acts on the unit for this user, that the unit can still be stopped in time, and
 * that root's fallback runs. Never rejects, and never takes long: a check that fails or gets no answer counts as an
 * obstacle.
 */
export async function canStillRollBack(context: OperationContext): Promise<readonly string[]> {
  const { services, files, unit } = context;
  const questions: readonly (() => Promise<unknown>)[] = [
    () => files.requireRemovable(services.dropInPath(unit, CANARY_DROP_IN)),
    async () => {
      const state = await services.state(unit);
      if (state.load !== "loaded") throw new QscError("service_missing", `${unit} is ${state.load}.`);
      requireStoppable(context, state);
      // For an active unit this only resets the count of its starts, and it needs the same right as a stop.
      if (state.active === "active") await services.resetFailed(unit);
    },
    () => requireFallback(context),
  ];
  const obstacles = await Promise.all(questions.map((question) => obstacleOf(context, question)));
  return obstacles.filter((obstacle) => obstacle !== null);
}

async function obstacleOf({ clock }: OperationContext, question: () => Promise<unknown>): Promise<string | null> {
  const done = new AbortController();
  const answer = question().then(
    () => null,
    (thrown: unknown) => asQscError(thrown).message,
  );
  const late = clock
    .sleep(ANSWER_MS, done.signal)
    .then(() => `systemd did not answer within ${describeDuration(ANSWER_MS)}.`);
  try {
    return await Promise.race([answer, late]);
  } finally {
    done.abort();
  }
}
