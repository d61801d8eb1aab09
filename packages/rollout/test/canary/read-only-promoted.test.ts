import { describe, expect, test } from "vitest";
import { status } from "../../src/status.js";
import { momentsOf } from "./model/interfere.js";
import { baselineProblems, isExposed } from "./model/invariants.js";
import type { Machine } from "./model/machine.js";
import { Process, type Plant } from "./model/process.js";
import { installDeadMan, pass, run } from "./model/run.js";
import { promotedMachine, takingBack, watch } from "./model/scenarios.js";

const MINUTE_MS = 60_000;

/** A promoted canary, whose working directory is on a disk that became read-only since. */
async function readOnly(): Promise<Machine> {
  const machine = (await promotedMachine()).clone();
  machine.diskIsReadOnly = true;
  return machine;
}

/** Once the disk can be written again, the dead-man proves the baseline, removes what is left, and goes. */
async function expectTidied(machine: Machine): Promise<void> {
  machine.diskIsReadOnly = false;
  await pass(machine, 2 * MINUTE_MS);
  expect(await baselineProblems(machine)).toEqual([]);
}

describe("the rollback of a promoted canary on a disk that became read-only", () => {
  test("arms the dead-man, which restarts nothing, and tidies up once it can", async () => {
    const machine = await readOnly();
    const { starts } = machine;
    const outcome = await run(machine, new Process(machine), takingBack);
    expect(outcome).toMatchObject({ document: { exitCode: 2, weights: { after: expect.any(Object) as object } } });
    expect(JSON.stringify(outcome)).toMatch(/serves its baseline again, which is proven.*The dead-man stays armed/);
    expect([isExposed(machine), machine.guardState(), machine.starts - starts]).toEqual([false, "armed", 1]);
    installDeadMan(machine);
    await pass(machine, 10 * MINUTE_MS);
    expect(machine.starts - starts).toBe(1);
    await expectTidied(machine);
    expect(machine.starts - starts).toBe(1);
  });

  test("is continued by the dead-man, at whatever moment it is killed once that is armed", async () => {
    const prepared = await readOnly();
    const whole = prepared.clone();
    const seen = new Process(whole);
    await run(whole, seen, takingBack);
    const broken: string[] = [];
    let killed = 0;
    for (const at of momentsOf(seen.effects.done).filter(({ stage }) => stage === 0)) {
      const machine = prepared.clone();
      await run(machine, new Process(machine, { fault: { ...at, kind: "kill" } }), takingBack);
      const where = `effect ${at.effect} (${seen.effects.done[at.effect]?.kind ?? ""}), stage ${at.stage}`;
      if (machine.guardState() !== "armed") {
        if (machine.dropIn === null || machine.engine === null) broken.push(`${where}: nothing is armed`);
        continue;
      }
      killed += 1;
      const { starts } = machine;
      installDeadMan(machine);
      await pass(machine, 1.5 * MINUTE_MS);
      if (isExposed(machine) || machine.engine === null) broken.push(`${where}: the baseline is not served`);
      if (machine.starts - starts > 1) broken.push(`${where}: ${machine.starts - starts} restarts`);
    }
    expect(killed).toBeGreaterThan(20);
    expect(broken).toEqual([]);
  });

  test("that was killed is named by status, and by a watch that begins then", async () => {
    const machine = await readOnly();
    const process: Process = new Process(machine, { plant: killedAtTheStop(() => process) });
    expect(await run(machine, process, takingBack)).toEqual({ kind: "died" });
    const { reasons } = await status(new Process(machine.clone()).context);
    expect(reasons.join(" ")).toContain("a rollback of the promoted canary has begun, and has not ended");
    expect(await run(machine, new Process(machine), watch)).toMatchObject({
      document: { violations: [expect.stringMatching(/a rollback of the promoted canary had begun, and was cut off/)] },
    });
  });

  test("that was killed is given no time by the dead-man's tool, once the disk can be written again", async () => {
    const machine = await readOnly();
    const process: Process = new Process(machine, { plant: killedAtTheStop(() => process) });
    expect(await run(machine, process, takingBack)).toEqual({ kind: "died" });
    machine.diskIsReadOnly = false;
    // What the tool orders systemd to end is never ended, so that the dead-man kills the tool.
    const never = (): Promise<never> => new Promise(() => undefined);
    installDeadMan(machine, {
      plant: (context) => ({ ...context, services: { ...context.services, stop: never, kill: never } }),
    });
    await pass(machine, 45_000);
    expect(isExposed(machine)).toBe(false);
    expect(machine.engine).not.toBeNull();
  });

  test("says that no dead-man is armed if none could be", async () => {
    const machine = await readOnly();
    const plant: Plant = (context) => ({
      ...context,
      services: { ...context.services, armGuard: () => Promise.reject(new Error("the bus is away")) },
    });
    const outcome = await run(machine, new Process(machine, { plant }), takingBack);
    expect(JSON.stringify(outcome)).toMatch(
      /qsc-deadman-engine is not armed, so nothing else continues: run qsc rollback again/,
    );
    expect(JSON.stringify(outcome)).not.toMatch(/stays armed/);
  });
});

/** Ends a process when it stops the unit. */
const killedAtTheStop =
  (process: () => Process): Plant =>
  (context) => ({
    ...context,
    services: {
      ...context.services,
      stop: () => {
        process().effects.kill();
        return new Promise(() => undefined);
      },
    },
  });

test("the rollback of a promoted canary that was killed, on a sound disk, is named by a watch that begins then", async () => {
  const machine = (await promotedMachine()).clone();
  const process: Process = new Process(machine, {
    plant: (context) => ({
      ...context,
      services: {
        ...context.services,
        armGuard: () => {
          process.effects.kill();
          return new Promise(() => undefined);
        },
      },
    }),
  });
  expect(await run(machine, process, takingBack)).toEqual({ kind: "died" });
  expect(await run(machine, new Process(machine), watch)).toMatchObject({
    document: { violations: [expect.stringMatching(/a rollback of the promoted canary had begun, and was cut off/)] },
  });
});
