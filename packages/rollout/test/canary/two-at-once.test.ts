import fc from "fast-check";
import { expect, test } from "vitest";
import type { Actor } from "./actors/actor.js";
import { BESIDE_A_CRASH } from "./actors/table.js";
import type { Fault } from "./model/effects.js";
import { meeting, momentsOf, undisturbed, type Moment } from "./model/interfere.js";
import type { Machine } from "./model/machine.js";
import { recordLife } from "./model/record-life.js";
import { SCENARIOS, type Scenario } from "./model/scenarios.js";
import { tell } from "./model/tell.js";

const SEED = 14;
const RUNS = 400;

/** A scenario on its machine, with its moments: made once, since each takes a while. */
interface Prepared {
  readonly scenario: Scenario;
  readonly machine: Machine;
  readonly moments: readonly Moment[];
}

const QUIET: Actor = { name: "nobody", class: "an operator", acts: () => undefined };
const PREPARED: readonly Prepared[] = await Promise.all(
  SCENARIOS.map(async (scenario) => {
    const machine = await scenario.start();
    return { scenario, machine, moments: momentsOf((await undisturbed(machine, scenario, QUIET)).effects) };
  }),
);

const kinds: readonly ((at: Moment) => Fault)[] = [
  (at) => ({ ...at, kind: "kill" }),
  (at) => ({ ...at, kind: "error" }),
  ...(["kept", "lost"] as const).map((contents) => (at: Moment): Fault => ({
    ...at,
    kind: "power",
    loss: { names: contents, contents },
  })),
];

const meetings = fc.constantFrom(...PREPARED).chain((prepared) =>
  fc.record({
    prepared: fc.constant(prepared),
    actor: fc.constantFrom(...BESIDE_A_CRASH),
    moment: fc.constantFrom(...prepared.moments),
    later: fc.integer({ min: 0, max: 20 }),
    fault: fc.constantFrom(...kinds),
  }),
);

test(`an actor at any moment, and a crash, an error or a power cut later: ${RUNS} of the pairs, seed ${SEED}`, async ({
  task,
}) => {
  const broken: string[] = [];
  let longestMs = 0;
  for (const {
    prepared: { scenario, machine: prepared },
    actor,
    moment,
    later,
    fault,
  } of fc.sample(meetings, { numRuns: RUNS, seed: SEED })) {
    const machine = prepared.clone();
    const hit = fault({ effect: moment.effect + later, stage: 0 });
    const problems = await meeting(machine, scenario, actor, moment, { fault: hit });
    longestMs = Math.max(longestMs, machine.life.longestMs);
    broken.push(
      ...problems.map(
        (problem) =>
          `${scenario.name}, ${actor.name} at ${JSON.stringify(moment)}, then ${JSON.stringify(hit)}: ${problem}`,
      ),
    );
  }
  tell(`two at once, seed ${SEED}`, { points: RUNS, broken, longestMs });
  expect(broken).toEqual([]);
  recordLife(task, longestMs);
});
