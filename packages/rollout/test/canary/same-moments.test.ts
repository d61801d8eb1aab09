import fc from "fast-check";
import { expect, test } from "vitest";
import type { Actor } from "./actors/actor.js";
import { HOST, OPERATORS } from "./actors/table.js";
import type { Fault } from "./model/effects.js";
import { enumerate, point } from "./model/enumerate.js";
import { fingerprint, surroundingsOf } from "./model/fingerprint.js";
import { interfere, meeting, type Moment } from "./model/interfere.js";
import type { Machine } from "./model/machine.js";
import { SCENARIOS, type Scenario } from "./model/scenarios.js";

const SEED = Number(process.env["MOMENTS_SEED"] ?? Date.now() % 1_000_000);
/** How many scenarios with an actor, and how many without; and how many moments of each. */
const [PAIRS, CRASHED, EACH] = [4, 2, 8].map((few) => few * Number(process.env["MOMENTS_TIMES"] ?? 1)) as [
  number,
  number,
  number,
];

/** How a run ended, to the last byte of its machine. */
async function endOf(prepared: Machine, runs: (machine: Machine) => Promise<readonly string[]>): Promise<unknown> {
  const machine = prepared.clone();
  const problems = await runs(machine);
  return { problems, longestMs: machine.life.longestMs, machine: fingerprint(machine, surroundingsOf(machine)) };
}

const scenarios = fc.constantFrom(...SCENARIOS);
const pairs = fc.record({ scenario: scenarios, actor: fc.constantFrom(...HOST, ...OPERATORS) });
const some = <T>(of: readonly T[]): readonly T[] => fc.sample(fc.constantFrom(...of), { numRuns: EACH, seed: SEED });

test(`a moment of an actor that was not run ends like the one that stands for it, seed ${SEED}`, async () => {
  let compared = 0;
  for (const { scenario, actor } of fc.sample(pairs, { numRuns: PAIRS, seed: SEED })) {
    const prepared = await scenario.start();
    const ends = (at: Moment): Promise<unknown> =>
      endOf(prepared, (machine) => meeting(machine, scenario, actor, at, {}));
    const same: (readonly [moment: Moment, as: Moment])[] = [];
    await interfere(scenario, actor, { onSame: (moment, as) => same.push([moment, as]) });
    for (const [moment, as] of same.length === 0 ? [] : some(same)) {
      expect(await ends(moment), said(scenario, actor, moment, as)).toEqual(await ends(as));
      compared += 1;
    }
  }
  expect(compared).toBeGreaterThan(0);
});

test(`a crash or a power cut that was not run ends like the one that stands for it, seed ${SEED}`, async () => {
  let compared = 0;
  for (const scenario of fc.sample(scenarios, { numRuns: CRASHED, seed: SEED })) {
    const prepared = await scenario.start();
    const ends = (fault: Fault): Promise<unknown> => endOf(prepared, (machine) => point(machine, scenario, { fault }));
    const same: (readonly [fault: Fault, as: Fault])[] = [];
    await enumerate(scenario, { onSame: (fault, as) => same.push([fault, as]) });
    for (const [fault, as] of some(same)) {
      expect(await ends(fault), said(scenario, null, fault, as)).toEqual(await ends(as));
      compared += 1;
    }
  }
  expect(compared).toBeGreaterThan(0);
});

function said({ name }: Scenario, actor: Actor | null, ...[moment, as]: readonly [Moment, Moment]): string {
  return `${name}, ${actor?.name ?? "a fault"}, ${JSON.stringify(moment)} as ${JSON.stringify(as)}`;
}
