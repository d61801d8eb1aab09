import { QscError } from "@qsc/contract";
import { describe, expect, test } from "vitest";
import type { Lock } from "../../src/host/lock.js";
import { promote } from "../../src/promote.js";
import { rollback } from "../../src/rollback.js";
import { status } from "../../src/status.js";
import { baselineProblems, canaryProblems } from "./model/invariants.js";
import type { Machine } from "./model/machine.js";
import { Process } from "./model/process.js";
import { installDeadMan, pass, PROOF_MS, run } from "./model/run.js";
import {
  activation,
  baselineMachine,
  canaryMachine,
  eligibleMachine,
  promotion,
  takingBack,
  watch,
} from "./model/scenarios.js";

/** A command that runs next to another: its document, or its error. */
function beside<T>(command: Promise<T>): Promise<T | { readonly code: string }> {
  return command.catch((error: unknown) => error as { readonly code: string });
}

describe("two operators at once", () => {
  test.each<[string, () => Promise<Machine>, (context: Process["context"]) => Promise<{ readonly exitCode: number }>]>([
    ["activate", baselineMachine, (context) => activation(context)],
    ["promote", eligibleMachine, (context) => promotion(context, 0.5)],
  ])("of two that %s, the second is told that another is acting, in both orders", async (_, start, act) => {
    for (const isReversed of [false, true]) {
      const machine = await start();
      const processes = [new Process(machine), new Process(machine)];
      const [first, second] = isReversed ? processes.reverse() : processes;
      if (first === undefined || second === undefined) throw new Error("there are two");
      const other = beside(act(second.context));
      const outcome = await run(machine, first, act);
      // The acting command still proves itself when the other is refused: time passes for it.
      await run(machine, new Process(machine), () => other);
      const ends = [
        outcome.kind === "rejected" ? outcome.error : outcome.kind === "done" ? outcome.document : null,
        await other,
      ];
      expect(ends).toContainEqual(expect.objectContaining({ exitCode: 0 }));
      expect(ends).toContainEqual(expect.objectContaining({ code: "canary_locked" }));
      expect(await canaryProblems(machine, ["canary"])).toEqual([]);
    }
  });

  test("a rollback waits for the activation that is under way, and then rolls it back", async () => {
    const machine = await baselineMachine();
    const activating = beside(activation(new Process(machine).context));
    const outcome = await run(machine, new Process(machine), takingBack);
    expect(await activating).toMatchObject({ exitCode: 0 });
    expect(outcome).toMatchObject({ kind: "done", document: { exitCode: 0 } });
    expect(await baselineProblems(machine)).toEqual([]);
  });

  test("a watch ends when another command has rolled back the canary, and overwrites nothing", async () => {
    const machine = await canaryMachine();
    const watching = beside(watch(new Process(machine).context));
    const outcome = await run(machine, new Process(machine), takingBack);
    expect(outcome).toMatchObject({ kind: "done", document: { exitCode: 0 } });
    await pass(machine, 6000);
    expect(await watching).toMatchObject({ outcome: "no_canary", exitCode: 2 });
    expect(await baselineProblems(machine)).toEqual([]);
  });

  test("a second watch of a unit is refused", async () => {
    const machine = await canaryMachine();
    void beside(watch(new Process(machine).context));
    expect(await run(machine, new Process(machine), watch)).toMatchObject({
      kind: "rejected",
      error: { code: "canary_locked" },
    });
  });
});

test("an activation on another machine is refused: its dead-man could not see the lease", async () => {
  const machine = await baselineMachine();
  const process = new Process(machine, {
    plant: (context) => ({ ...context, settings: { ...context.settings, host: "qt@engine" } }),
  });
  const outcome = await run(machine, process, activation);
  expect(outcome).toMatchObject({
    kind: "done",
    document: { exitCode: 2, reasons: [expect.stringContaining("log in to qt@engine")] },
  });
  expect(await baselineProblems(machine)).toEqual([]);
});

describe("an interruption while connecting to the telemetry", () => {
  /** A process whose nth connection to the telemetry never succeeds, and which is interrupted then. */
  function stuck(machine: Machine, time: number): { readonly process: Process; readonly signal: AbortSignal } {
    const interruption = new AbortController();
    let opened = 0;
    const process = new Process(machine, {
      plant: (context) => ({
        ...context,
        openSource: () => {
          opened += 1;
          if (opened !== time) return context.openSource();
          interruption.abort();
          return new Promise(() => undefined);
        },
      }),
    });
    return { process, signal: interruption.signal };
  }

  test("ends an activation that has changed nothing yet", async () => {
    const machine = await baselineMachine();
    const { process, signal } = stuck(machine, 1);
    const outcome = await run(machine, process, (context) => activation(context, signal));
    expect(outcome).toMatchObject({
      kind: "done",
      document: { exitCode: 2, reasons: ["Interrupted before anything was changed."] },
    });
    expect(await baselineProblems(machine)).toEqual([]);
  });

  test("ends an activation that waits for its proof: what was done is undone, and proven", async () => {
    const machine = await baselineMachine();
    const { process, signal } = stuck(machine, 2);
    const outcome = await run(machine, process, (context) => activation(context, signal));
    expect(outcome).toMatchObject({
      kind: "done",
      document: { exitCode: 2, reasons: [expect.stringContaining("Interrupted before the new process proved")] },
    });
    expect(await baselineProblems(machine)).toEqual([]);
  });

  test("ends a promotion that has changed nothing yet", async () => {
    const machine = await eligibleMachine();
    const { process, signal } = stuck(machine, 1);
    const outcome = await run(machine, process, (context) =>
      promote(context, { to: 0.5, durationMs: 13_000, watchUnit: null, proofMs: PROOF_MS, signal }),
    );
    expect(outcome).toMatchObject({
      kind: "done",
      document: { exitCode: 2, reasons: ["Interrupted before anything was changed."] },
    });
    expect(await canaryProblems(machine, ["eligible"])).toEqual([]);
  });
});

describe("a command that hangs", () => {
  /** It wakes up between two checks of the dead-man, 10 s apart: each then sees the other's whole effect. */
  const HANGS_MS = 303_000;

  /** An activation that is stopped at one of its effects for this long. */
  function hanging(machine: Machine, kind: "writeDropIn" | "start", ms: number): Process {
    const process = new Process(machine, {
      plant: (context) => ({
        ...context,
        services: {
          ...context.services,
          [kind]: async (...given: [string, string & number, ReadonlyMap<string, string>]) => {
            await context.clock.sleep(ms);
            return context.services[kind](...given);
          },
        },
      }),
    });
    return process;
  }

  test.each(["writeDropIn", "start"] as const)(
    "at %s is taken over by the dead-man, and undoes what it does when it wakes up",
    async (kind) => {
      const machine = await baselineMachine();
      installDeadMan(machine);
      const outcome = await run(machine, hanging(machine, kind, HANGS_MS), (context) => activation(context));
      expect(outcome).toMatchObject({ kind: "done", document: { exitCode: 2 } });
      await pass(machine, 200_000, () => machine.guardState() === "absent" && machine.guardRun === null);
      expect(await baselineProblems(machine)).toEqual([]);
    },
  );

  test.each(["writeDropIn", "start"] as const)(
    "at %s, and is killed right after waking up, leaves the dead-man armed",
    async (kind) => {
      const machine = await baselineMachine();
      installDeadMan(machine);
      const process = hanging(machine, kind, HANGS_MS);
      machine.sleepUntil(machine.monotonicMs + HANGS_MS + 500, machine, process.effects.kill);
      await run(machine, process, (context) => activation(context));
      await pass(machine, 200_000, () => machine.guardState() === "absent" && machine.guardRun === null);
      expect(await baselineProblems(machine)).toEqual([]);
    },
  );

  // `systemctl stop` of the dead-man signals its whole control group: the tool, and the command that takes the lock.
  test("a rollback that is ended while it asks for the lock acts no more, even if it may take over", async () => {
    const machine = await canaryMachine();
    const end = new AbortController();
    const lock: Lock = {
      acquire: () => {
        end.abort();
        return Promise.reject(new QscError("file_failed", "'flock' cannot lock a file: it was ended by SIGTERM."));
      },
    };
    const process = new Process(machine, { plant: (context) => ({ ...context, lock }) });
    const ended = await run(machine, process, (context) =>
      rollback(context, { reason: "it is stopped", takeOver: true, proofMs: PROOF_MS, signal: end.signal }),
    );
    expect(ended).toMatchObject({ kind: "rejected", error: { code: "interrupted" } });
    expect(await canaryProblems(machine, ["canary"])).toEqual([]);
  });

  test("an operator may take over, and is told that the dead-man stays armed", async () => {
    const machine = await canaryMachine();
    machine.locks.set("act", machine);
    const asked = await run(machine, new Process(machine), takingBack);
    expect(asked).toMatchObject({ kind: "rejected", error: { code: "canary_locked" } });
    const taken = await run(machine, new Process(machine), (context) =>
      rollback(context, { reason: "it hangs", takeOver: true, proofMs: PROOF_MS }),
    );
    expect(taken).toMatchObject({
      kind: "done",
      document: { exitCode: 0, warnings: [expect.stringContaining("The dead-man stays armed")] },
    });
    expect(machine.guardState()).toBe("armed");
    machine.locks.clear();
    installDeadMan(machine);
    await pass(machine, 200_000, () => machine.guardState() === "absent" && machine.guardRun === null);
    expect(await baselineProblems(machine)).toEqual([]);
    expect(await run(machine, new Process(machine), status)).toMatchObject({
      document: { exitCode: 0, phase: "baseline" },
    });
  });
});
