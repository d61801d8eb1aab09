import { describe, expect, test } from "vitest";
import { guardianOf } from "../../src/canary/guardian.js";
import type { OperationContext } from "../../src/operation/context.js";
import { preflight } from "../../src/preflight.js";
import { Machine } from "./model/machine.js";
import { Process, type Plant } from "./model/process.js";
import { run } from "./model/run.js";
import { activation, baselineMachine } from "./model/scenarios.js";

describe("the dead-man of a canary in another user's working directory", () => {
  const { context } = new Process(new Machine());
  const root: OperationContext = { ...context, user: "root", owner: () => Promise.resolve("qsc") };

  test("is the one that qsc init has installed for that user, if root acts", async () => {
    expect(await guardianOf(root)).toEqual(
      await guardianOf({ ...context, user: "qsc", owner: () => Promise.resolve("qsc") }),
    );
    expect((await guardianOf(root)).installed).toMatchObject({ user: "qsc" });
  });

  test("is root's own in root's directory", async () => {
    expect((await guardianOf({ ...root, owner: () => Promise.resolve("root") })).installed).toBeUndefined();
  });

  test.each<[string, Partial<OperationContext>]>([
    ["child processes", { systemctl: null }],
    ["root's own systemd", { systemctl: "systemctl --user" }],
  ])(
    "is refused where root's would have to do, with %s: it would not read that user's settings",
    async (_, changes) => {
      await expect(guardianOf({ ...root, ...changes })).rejects.toMatchObject({
        code: "dead_man_broken",
        message: expect.stringMatching(/which qsc can change: run qsc as qsc, or name a working directory/) as unknown,
      });
    },
  );

  test("so an activation changes nothing", async () => {
    const machine = await baselineMachine();
    const plant: Plant = (given) => ({ ...given, user: "root", systemctl: null, owner: () => Promise.resolve("qsc") });
    const { dropIn, starts } = machine;
    const outcome = await run(machine, new Process(machine, { plant }), activation);
    expect(outcome).toMatchObject({ document: { exitCode: 2, codes: ["dead_man_broken"] } });
    expect([machine.dropIn, machine.starts, machine.guardState()]).toEqual([dropIn, starts, "absent"]);
  });
});

describe("child processes, whose dead-man is nothing without qsc", () => {
  const plant: Plant = (context) => ({ ...context, systemctl: null });
  const WARNED = /engine\.service is a child process: if qsc itself can no longer run, nothing else ends a canary/;

  test("are warned of by an activation", async () => {
    const machine = await baselineMachine();
    const outcome = await run(machine, new Process(machine, { plant }), activation);
    expect(outcome).toMatchObject({ document: { exitCode: 0, warnings: [expect.stringMatching(WARNED)] } });
  });

  test("are warned of by preflight; units of systemd are not", async () => {
    const machine = await baselineMachine();
    const look = (context: OperationContext) =>
      preflight(context, { repository: null, nodeVersion: "20.20.0", requiredEnvironment: [] });
    expect((await look(new Process(machine, { plant }).context)).warnings).toEqual([expect.stringMatching(WARNED)]);
    expect((await look(new Process(machine).context)).warnings.join()).not.toMatch(WARNED);
  });
});
