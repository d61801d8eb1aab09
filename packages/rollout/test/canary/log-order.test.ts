import type { AuditEntry } from "@qsc/contract";
import { describe, expect, test } from "vitest";
import { readAudit } from "../../src/operation/audit-log.js";
import { momentsOf } from "./model/interfere.js";
import { baselineProblems } from "./model/invariants.js";
import type { Machine } from "./model/machine.js";
import { PATHS, Process } from "./model/process.js";
import { installDeadMan, pass, run, runUntil } from "./model/run.js";
import { canaryMachine, ROLLBACK, takingBack, WATCH_TO_VIOLATION } from "./model/scenarios.js";

const MINUTE_MS = 60_000;

async function entriesIn(machine: Machine): Promise<readonly AuditEntry[]> {
  const { entries } = await readAudit(new Process(machine.clone()).context.files, PATHS.audit);
  return entries.filter(({ event }) => event.startsWith("rollback"));
}

/** What the log says of rollbacks, in its order. */
async function rollbacksIn(machine: Machine): Promise<readonly string[]> {
  return (await entriesIn(machine)).map(({ event }) => event);
}

describe("the log of a rollback", () => {
  test("that is proven at a later attempt has the failed ones first, and the proven one last", async () => {
    const machine = await canaryMachine();
    machine.sourceIsDown = true;
    expect(await run(machine, new Process(machine), takingBack)).toMatchObject({ document: { exitCode: 2 } });
    machine.sourceIsDown = false;
    installDeadMan(machine);
    await pass(machine, 5 * MINUTE_MS);
    expect(await baselineProblems(machine)).toEqual([]);
    expect(await rollbacksIn(machine)).toEqual(["rollback_failed", "rollback"]);
  });

  test("says how long each attempt took, by a clock that never jumps", async () => {
    const machine = await canaryMachine();
    const took: number[] = [];
    for (const isDown of [true, false]) {
      machine.sourceIsDown = isDown;
      const { monotonicMs } = machine;
      await run(machine, new Process(machine), takingBack);
      took.push(machine.monotonicMs - monotonicMs);
    }
    const logged = (await entriesIn(machine)).map(({ details }) => Number(details["tookMs"]));
    expect(logged).toHaveLength(2);
    for (const [index, ms] of logged.entries()) {
      // Closing the entry and what comes after it is not counted.
      expect(ms).toBeGreaterThan(0);
      expect(ms).toBeLessThanOrEqual(Math.ceil(took[index] ?? 0));
    }
  });

  test("ends with the proof, if only the lease and the dead-man cannot be removed after it", async () => {
    const machine = await canaryMachine();
    const process = new Process(machine, {
      plant: (context) => ({
        ...context,
        services: { ...context.services, disarmGuard: () => Promise.reject(new Error("the bus is away")) },
      }),
    });
    const outcome = await run(machine, process, takingBack);
    expect(outcome).toMatchObject({ document: { exitCode: 2, weights: { after: expect.any(Object) as object } } });
    expect(await rollbacksIn(machine)).toEqual(["rollback"]);
  });

  test.each([ROLLBACK, WATCH_TO_VIOLATION])(
    "ends with a proof, if another command rolls back while $name is stopped, at any of its moments",
    async (scenario) => {
      const prepared = await canaryMachine();
      const first = prepared.clone();
      const traced = new Process(first);
      await run(first, traced, (context) => scenario.act(context, first));
      const broken: string[] = [];
      for (const at of momentsOf(traced.effects.done)) {
        const machine = prepared.clone();
        const process = new Process(machine, {
          encounter: {
            ...at,
            act: (effects) => {
              effects.freeze();
              void takingBack(new Process(machine).context, true).finally(() => {
                machine.sleepUntil(machine.monotonicMs + MINUTE_MS, machine, effects.thaw);
              });
            },
          },
        });
        installDeadMan(machine);
        const until = machine.monotonicMs + 10 * MINUTE_MS;
        await runUntil(
          machine,
          process,
          (context) => scenario.act(context, machine),
          () => machine.monotonicMs >= until,
        );
        // A command that continues in the middle may have restarted the engine once more: the dead-man proves that.
        await pass(machine, 10 * MINUTE_MS);
        const log = await rollbacksIn(machine);
        if (log.includes("rollback") && log.at(-1) !== "rollback")
          broken.push(
            `effect ${at.effect} (${traced.effects.done[at.effect]?.kind ?? ""}), stage ${at.stage}: ${log.join(", ")}`,
          );
      }
      expect(broken).toEqual([]);
    },
  );
});
