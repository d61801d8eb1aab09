import { describe, expect, test } from "vitest";
import { enumerate } from "./model/enumerate.js";
import { baselineProblems, isExposed } from "./model/invariants.js";
import { Process } from "./model/process.js";
import { installDeadMan, pass, run } from "./model/run.js";
import { activation, baselineMachine, canaryMachine, ROLLBACK, takingBack, watch } from "./model/scenarios.js";

describe("a full disk", () => {
  test("does not stop a rollback, whichever effect it hits", async () => {
    const found = await enumerate({
      ...ROLLBACK,
      name: "rollback on a full disk",
      start: async () => {
        const machine = await canaryMachine();
        machine.diskIsFull = true;
        return machine;
      },
    });
    console.log(`rollback on a full disk: ${found.points} points, ${found.broken.length} broken invariants`);
    expect(found.broken).toEqual([]);
  });

  test("leaves a state that allows the next canary", async () => {
    const machine = await canaryMachine();
    // The canary's last decision is older than the next process.
    await pass(machine, 1000);
    machine.diskIsFull = true;
    const outcome = await run(machine, new Process(machine), takingBack);
    expect(outcome).toMatchObject({ kind: "done", document: { exitCode: 0 } });
    machine.diskIsFull = false;
    await pass(machine, 20_000);
    const cutoverMs = machine.engine?.startedMs ?? 0;
    const next = await run(machine, new Process(machine), (context) => activation(context, undefined, cutoverMs));
    expect(next).toMatchObject({ kind: "done", document: { exitCode: 0 } });
  });

  test("does not end a watch: the lease is renewed in place", async () => {
    const machine = await canaryMachine();
    machine.diskIsFull = true;
    installDeadMan(machine);
    const outcome = await run(machine, new Process(machine), (context) => {
      machine.sleepUntil(machine.monotonicMs + 8000, machine, () => {
        machine.diskIsFull = false;
      });
      return watch(context);
    });
    expect(outcome).toMatchObject({ kind: "done", document: { outcome: "eligible" } });
  });

  test("prevents an activation, and leaves the engine running", async () => {
    const machine = await baselineMachine();
    const { starts } = machine;
    machine.diskIsFull = true;
    const outcome = await run(machine, new Process(machine), (context) => activation(context));
    expect(outcome).toMatchObject({ kind: "done", document: { exitCode: 2 } });
    expect([isExposed(machine), machine.starts]).toEqual([false, starts]);
    expect(await baselineProblems(machine)).toEqual([]);
  });
});

describe("an activation that never reached the engine", () => {
  test("leaves it running", async () => {
    const machine = await baselineMachine();
    const { starts } = machine;
    const process = new Process(machine, {
      plant: (context) => ({
        ...context,
        services: { ...context.services, armGuard: () => Promise.reject(new Error("no timer")) },
      }),
    });
    expect(await run(machine, process, (context) => activation(context))).toMatchObject({
      kind: "done",
      document: { exitCode: 2 },
    });
    expect(machine.starts).toBe(starts);
    expect(await baselineProblems(machine)).toEqual([]);
  });

  test("is undone when it is interrupted before or after the drop-in", async () => {
    for (const moment of ["armGuard", "start"] as const) {
      const machine = await baselineMachine();
      const interruption = new AbortController();
      const process = new Process(machine, {
        plant: (context) => ({
          ...context,
          services: {
            ...context.services,
            [moment]: (...given: [never, never]) => {
              interruption.abort();
              return context.services[moment](...given);
            },
          },
        }),
      });
      const outcome = await run(machine, process, (context) => activation(context, interruption.signal));
      expect(outcome).toMatchObject({ kind: "done", document: { exitCode: 2 } });
      expect(await baselineProblems(machine)).toEqual([]);
    }
  });
});
