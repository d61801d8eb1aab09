import { generations, mainOf } from "./generation.js";
import { sessionOf, signalSession } from "./process-id.js";

/**
 * The processes in the sessions of earlier starts that are still kept. A process that moved to a session of its own is
 * not found.
 */
export function leftoversOf(place: string): readonly number[] {
  return generations(place)
    .slice(0, -1)
    .flatMap((generation) => {
      const main = mainOf(generation);
      return main === null ? [] : sessionOf(main);
    });
}

/** Kills every process in the sessions of the kept starts, including the newest. */
export function killUnit(place: string): void {
  for (const generation of generations(place)) {
    const main = mainOf(generation);
    if (main !== null) signalSession(main, "SIGKILL");
  }
}
