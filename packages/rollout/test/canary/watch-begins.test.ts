import { firstIdAt, type MonitorDocument } from "@qsc/contract";
import { describe, expect, test } from "vitest";
import type { OperationContext } from "../../src/operation/context.js";
import type { Machine } from "./model/machine.js";
import { Process } from "./model/process.js";
import { run } from "./model/run.js";
import { activation, baselineMachine, canaryMachine, watchWith } from "./model/scenarios.js";

const HOUR_MS = 3_600_000;
const PROMISE_MS = 120_000;

/** The next start of the engine goes differently. */
type Start = OperationContext["services"]["start"];

/** A machine after an activation with another start of the engine, and how that ended. */
async function activatedWith(
  start: (machine: Machine, real: Start) => Start,
): Promise<{ readonly machine: Machine; readonly outcome: unknown }> {
  const machine = await baselineMachine();
  const outcome = await run(machine, new Process(machine), (context) =>
    activation({ ...context, services: { ...context.services, start: start(machine, context.services.start) } }),
  );
  return { machine, outcome };
}

/** The canary breaks a limit from now on: how its watch ends, and how long that takes. */
async function violated(machine: Machine): Promise<MonitorDocument & { readonly tookMs: number }> {
  machine.engineFaults.add("buys alone");
  const begunMs = machine.monotonicMs;
  const outcome = await run(machine, new Process(machine), (context) =>
    watchWith(context, { durationMs: 24 * HOUR_MS, window: 20 }),
  );
  if (outcome.kind !== "done") throw new Error("the watch did not end", { cause: outcome });
  return { ...outcome.document, tookMs: machine.monotonicMs - begunMs };
}

async function expectRolledBack(machine: Machine): Promise<void> {
  const { outcome, tookMs } = await violated(machine);
  expect(outcome).toBe("rolled_back");
  expect(tookMs, "milliseconds until it was rolled back").toBeLessThanOrEqual(PROMISE_MS);
}

describe("a watch begins at the canary's first decision, by the telemetry's clock", () => {
  test.each([-2 * HOUR_MS, 600_000, 2 * HOUR_MS, 8760 * HOUR_MS])(
    "the host's clock was %i ms ahead when the process started: a violation ends the canary in time",
    async (aheadMs) => {
      const { machine, outcome } = await activatedWith((_, real) => async (unit, timeoutMs) => {
        const state = await real(unit, timeoutMs);
        return { ...state, startedUs: (state.startedUs ?? 0) + aheadMs * 1000 };
      });
      expect(outcome).toMatchObject({ kind: "done", document: { exitCode: 0 } });
      await expectRolledBack(machine);
    },
  );

  test.each([600_000, 2 * HOUR_MS])(
    "the clock steps back by %i ms between the start and the first decision, so that all IDs stay in one moment: undone",
    async (backMs) => {
      const { machine, outcome } = await activatedWith((host, real) => async (unit, timeoutMs) => {
        const state = await real(unit, timeoutMs);
        if (host.engine !== null && host.engine.canary !== null) host.jump(-backMs);
        return state;
      });
      expect(outcome).toMatchObject({ kind: "done", document: { exitCode: 2 } });
      expect(machine.engine?.canary, "the canary").toBeNull();
      expect(machine.dropIn).toBeNull();
    },
  );

  test("a telemetry that ends before that decision was set back: no watch relies on it", async () => {
    const machine = await canaryMachine();
    machine.entries = machine.entries
      .slice(0, 3)
      .map((entry, number) => ({ ...entry, id: firstIdAt(machine.nowMs - HOUR_MS + number) }));
    machine.jump(-HOUR_MS / 2);
    await expectRolledBack(machine);
  });
});
