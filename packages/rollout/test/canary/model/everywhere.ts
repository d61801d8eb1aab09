import { describe, expect, test } from "vitest";
import type { Actor } from "../actors/actor.js";
import { interfere } from "./interfere.js";
import { recordLife } from "./record-life.js";
import { SCENARIOS } from "./scenarios.js";
import { tell } from "./tell.js";

/** The tests of actors, each at every moment of every command. */
export function everywhere(actors: readonly Actor[]): void {
  describe.for(SCENARIOS)("$name, and at each moment of it", (scenario) => {
    test.for(actors)("$class: $name", async (actor, { task }) => {
      const found = await interfere(scenario, actor);
      tell(`${scenario.name}, ${actor.class} ${actor.name}`, found);
      expect(found.broken).toEqual([]);
      expect(found.points).toBeGreaterThan(50);
      recordLife(task, found.longestMs);
    });
  });
}
