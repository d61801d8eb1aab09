import { describe, expect, test } from "vitest";
import type { Fault } from "./model/effects.js";
import { faultsOf, point, tracedEffects } from "./model/enumerate.js";
import type { Process } from "./model/process.js";
import { ACTIVATE, ROLLBACK, type Scenario } from "./model/scenarios.js";

/** Crashes of a recovery: before each of its effects, and after the last stage of an effect that has stages. */
function crashes({ effects }: Process): readonly Fault[] {
  return effects.done.flatMap(({ stages }, effect): readonly Fault[] => [
    { effect, stage: 0, kind: "kill" },
    ...(stages > 0 ? [{ effect, stage: stages, kind: "kill" } as const] : []),
    { effect, stage: 0, kind: "power", loss: { names: "lost", contents: "torn" } },
  ]);
}

async function enumerateTwice(
  scenario: Scenario,
  isFirst: (fault: Fault) => boolean,
): Promise<{ readonly points: number; readonly broken: readonly string[] }> {
  const prepared = await scenario.start();
  const broken: string[] = [];
  let points = 0;
  for (const { fault } of faultsOf(await tracedEffects(prepared, scenario))) {
    if (!isFirst(fault)) continue;
    const recoveries: Process[] = [];
    await point(prepared.clone(), scenario, { fault, onRun: (process) => recoveries.push(process) });
    for (const second of recoveries.flatMap(crashes)) {
      points += 1;
      const problems = await point(prepared.clone(), scenario, { fault, second });
      broken.push(
        ...problems.map(
          (problem) => `${scenario.name}, ${JSON.stringify(fault)}, then ${JSON.stringify(second)}: ${problem}`,
        ),
      );
    }
  }
  return { points, broken };
}

describe("a crash of the recovery itself, at each of its effects, is recovered from", () => {
  test.each<[string, Scenario, (fault: Fault) => boolean]>([
    [
      "a rollback that was killed",
      ROLLBACK,
      ({ kind, stage, effect }) => kind === "kill" && stage === 0 && effect % 3 === 0,
    ],
    [
      "an activation that lost its power",
      ACTIVATE,
      (fault) => fault.kind === "power" && fault.stage === 0 && fault.loss.names === "lost" && fault.effect % 6 === 0,
    ],
  ])("%s", async (name, scenario, isFirst) => {
    const { points, broken } = await enumerateTwice(scenario, isFirst);
    console.log(`${name}: ${points} points, ${broken.length} broken invariants`);
    expect(broken).toEqual([]);
    expect(points).toBeGreaterThan(100);
  });
});
