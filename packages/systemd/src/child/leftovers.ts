import { generations, mainOf } from "./generation.js";
import { sessionOf, signalSession } from "./process-id.js";

/**
 * The processes that live in the session of an earlier start, of those that are remembered. One that has a session of
 * its own is not known here.
 */
export function leftoversOf(place: string): readonly number[] {
  return generations(place).slice(0, -1).flatMap((generation) => {
    const main = mainOf(generation);
    return main === null ? [] : sessionOf(main);
  });
}

/** Kills what lives in the sessions of the starts that are remembered, the newest among them. */
export function killUnit(place: string): void {
  for (const generation of generations(place)) {
    const main = mainOf(generation);
    if (main !== null) signalSession(main, "SIGKILL");
  }
}
