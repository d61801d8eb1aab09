import fc from "fast-check";
import { expect, test } from "vitest";
import type { Actor } from "./actors/actor.js";
import { HOST, OPERATORS } from "./actors/table.js";
import { fingerprint, surroundingsOf } from "./model/fingerprint.js";
import { interfere, meeting, type Moment } from "./model/interfere.js";
import { SCENARIOS, type Scenario } from "./model/scenarios.js";

const SEED = Number(process.env["MOMENTS_SEED"] ?? Date.now() % 1_000_000);
const PAIRS = Number(process.env["MOMENTS_PAIRS"] ?? 6);
const EACH = Number(process.env["MOMENTS_EACH"] ?? 8);

/** How a run ended, to the last byte of its machine. */
async function endOf(scenario: Scenario, actor: Actor, moment: Moment): Promise<unknown> {
  const machine = (await scenario.start()).clone();
  const problems = await meeting(machine, scenario, actor, moment, {});
  return { problems, longestMs: machine.life.longestMs, machine: fingerprint(machine, surroundingsOf(machine)) };
}

const pairs = fc.record({ scenario: fc.constantFrom(...SCENARIOS), actor: fc.constantFrom(...HOST, ...OPERATORS) });

test(`a moment that was not run ends like the one that stands for it, seed ${SEED}`, async () => {
  let compared = 0;
  for (const { scenario, actor } of fc.sample(pairs, { numRuns: PAIRS, seed: SEED })) {
    const same: (readonly [moment: Moment, as: Moment])[] = [];
    await interfere(scenario, actor, { onSame: (moment, as) => same.push([moment, as]) });
    if (same.length === 0) continue;
    for (const [moment, as] of fc.sample(fc.constantFrom(...same), { numRuns: EACH, seed: SEED })) {
      const at = `${scenario.name}, ${actor.name}, ${JSON.stringify(moment)} as ${JSON.stringify(as)}`;
      expect(await endOf(scenario, actor, moment), at).toEqual(await endOf(scenario, actor, as));
      compared += 1;
    }
  }
  expect(compared).toBeGreaterThan(0);
});
