import { expect, test } from "vitest";
import { readAudit } from "../../src/operation/audit-log.js";
import { leaseRuns } from "../../src/canary/lease.js";
import { isExposed } from "./model/invariants.js";
import type { Machine } from "./model/machine.js";
import { PATHS, Process, type Plant } from "./model/process.js";
import { installDeadMan, pass, run } from "./model/run.js";
import { canaryMachine, takingBack } from "./model/scenarios.js";

const MINUTE_MS = 60_000;

/** A canary whose engine was given different weights of its own since: none of its rollbacks can be proven. */
async function unprovable(): Promise<Machine> {
  const machine = await canaryMachine();
  const state = JSON.parse(machine.disk.read(PATHS.state) ?? "") as { canary: { baseline: object } };
  state.canary.baseline = { xgb: 0.1, lightgbm: 0.1, patchtst: 0.8 };
  machine.disk.put(PATHS.state, JSON.stringify(state));
  return machine;
}

async function auditOf(
  machine: Machine,
): Promise<readonly { readonly event: string; readonly details: Readonly<Record<string, unknown>> }[]> {
  return (await readAudit(new Process(machine.clone()).context.files, PATHS.audit)).entries;
}

test("an unprovable rollback restarts the engine at growing intervals, and says why each time", async () => {
  const machine = await unprovable();
  installDeadMan(machine);
  const starts = machine.starts;
  await pass(machine, 3 * MINUTE_MS, () => machine.starts > starts);
  expect(isExposed(machine), "it is gone at the first attempt").toBe(false);
  await pass(machine, 30 * MINUTE_MS);
  const restarts = machine.starts - starts;
  expect(restarts).toBeGreaterThan(2);
  expect(restarts).toBeLessThan(20);
  expect(machine.guardState(), "it goes on").toBe("armed");
  const failed = (await auditOf(machine)).filter(({ event }) => event === "rollback_failed");
  expect(failed.length).toBeGreaterThan(2);
  expect(failed.length).toBeLessThan(20);
  for (const { details } of failed) expect(String(details["failure"])).toContain("the engine serves xgb 0.5");
  expect(failed.map(({ details }) => details["attempt"]).slice(0, 4)).toEqual([1, 2, 4, 8]);
});

test("an operator's rollback restarts it each time", async () => {
  const machine = await unprovable();
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const before = machine.starts;
    expect(await run(machine, new Process(machine), takingBack)).toMatchObject({ document: { exitCode: 2 } });
    expect(machine.starts).toBe(before + 1);
  }
});

test("a process that still serves the canary is restarted at every attempt", async () => {
  const machine = await unprovable();
  await run(machine, new Process(machine), takingBack);
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const canary = JSON.parse(machine.disk.read(PATHS.state) ?? "") as {
      canary: { model: string; weights: Record<string, number> };
    };
    const { engine } = machine;
    if (engine === null) throw new Error("it runs");
    machine.engine = { ...engine, weights: canary.canary.weights, canary: { model: canary.canary.model, weight: 0.1 } };
    const before = machine.starts;
    await run(machine, new Process(machine), (context) => takingBack(context, true));
    expect(machine.starts).toBe(before + 1);
  }
});

test.each([false, true])("a failed attempt gives the canary no more time from the dead-man: %s", async (takeOver) => {
  const machine = await unprovable();
  const { context } = new Process(machine);
  expect(await leaseRuns(new Process(machine.clone()).context)).toBe(true);
  const outcome = await run(
    machine,
    new Process(machine, {
      plant: (each) => ({
        ...each,
        services: { ...each.services, reload: () => Promise.reject(new Error("polkit is gone")) },
      }),
    }),
    (each) => takingBack(each, takeOver),
  );
  expect(outcome).toMatchObject({ document: { exitCode: 2 } });
  expect(context).toBeDefined();
  expect(await leaseRuns(new Process(machine.clone()).context)).toBe(false);
  // Nor does an attempt that found no lease create one.
  machine.disk.remove(PATHS.lease);
  await run(machine, new Process(machine), (each) => takingBack(each, takeOver));
  expect(machine.disk.read(PATHS.lease)).toBeNull();
});

test("with a canary's variable set elsewhere, the engine is stopped, with the reason, and started once the variable is gone", async () => {
  const machine = await unprovable();
  let variables = new Map([["QSC_CANARY_WEIGHTS", "{}"]]);
  const plant: Plant = (context) => ({
    ...context,
    services: { ...context.services, managerEnvironment: () => Promise.resolve(variables) },
  });
  installDeadMan(machine, { plant });
  const starts = machine.starts;
  await pass(machine, 30 * MINUTE_MS);
  expect(machine.starts - starts).toBe(0);
  expect(machine.unit).toBe("inactive");
  const failed = (await auditOf(machine)).filter(({ event }) => event === "rollback_failed");
  for (const { details } of failed)
    expect(String(details["failure"])).toMatch(
      /still has QSC_CANARY_WEIGHTS in its environment, from systemctl set-environment.* stays stopped/,
    );
  variables = new Map();
  await pass(machine, MINUTE_MS);
  expect(machine.unit).toBe("active");
});

test("an engine that no longer starts is started at growing intervals, with the reason", async () => {
  const machine = await unprovable();
  await run(machine, new Process(machine), takingBack);
  machine.stop();
  machine.unit = "failed";
  machine.failingStarts = 1000;
  installDeadMan(machine);
  await pass(machine, 30 * MINUTE_MS);
  // Each turn tries three times.
  expect(1000 - machine.failingStarts).toBeGreaterThan(5);
  expect(1000 - machine.failingStarts).toBeLessThan(60);
  const failed = (await auditOf(machine)).filter(({ event }) => event === "rollback_failed").slice(1);
  expect(failed.length).toBeGreaterThan(2);
  for (const { details } of failed) expect(String(details["failure"])).toMatch(/did not start and stay/);
});
