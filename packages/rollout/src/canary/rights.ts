import { asQscError, describeDuration, QscError } from "@qsc/contract";
import { CANARY_DROP_IN } from "./drop-in.js";
import { requireFallback } from "./fallback.js";
import { requireStoppable } from "./stop-bound.js";
import type { CanaryWorld } from "./world.js";

/** What a manager or polkit that works needs a fraction of, in milliseconds. */
const ANSWER_MS = 5000;

/**
 * Why this user could not roll a canary back now; empty where nothing is in the way. Changes nothing: the drop-in may be
 * removed, systemd acts on the unit for this user, the unit can still be stopped in time, and root's fallback runs.
 * Never rejects, and never takes long: what cannot be asked, or does not answer, is in the way, too.
 */
export async function canStillRollBack(world: CanaryWorld): Promise<readonly string[]> {
  const { services, files, unit } = world;
  const questions: readonly (() => Promise<unknown>)[] = [
    () => files.requireRemovable(services.dropInPath(unit, CANARY_DROP_IN)),
    async () => {
      const state = await services.state(unit);
      if (state.load !== "loaded") throw new QscError("service_missing", `${unit} is ${state.load}.`);
      requireStoppable(world, state);
      // Of a unit that is active it only forgets how often it was started, and it asks for the same right as a stop.
      if (state.active === "active") await services.resetFailed(unit);
    },
    () => requireFallback(world),
  ];
  const obstacles = await Promise.all(questions.map((question) => obstacleOf(world, question)));
  return obstacles.filter((obstacle) => obstacle !== null);
}

async function obstacleOf({ clock }: CanaryWorld, question: () => Promise<unknown>): Promise<string | null> {
  const done = new AbortController();
  const answer = question().then(() => null, (thrown: unknown) => asQscError(thrown).message);
  const late = clock.sleep(ANSWER_MS, done.signal).then(() => `systemd did not answer within ${describeDuration(ANSWER_MS)}.`);
  try {
    return await Promise.race([answer, late]);
  } finally {
    done.abort();
  }
}
