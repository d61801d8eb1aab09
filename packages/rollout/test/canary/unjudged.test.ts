import type { MonitorDocument, PromoteDocument, QscDocument } from "@qsc/contract";
import { describe, expect, test } from "vitest";
import type { Machine } from "./model/machine.js";
import { Process } from "./model/process.js";
import { pass, run } from "./model/run.js";
import { HANDOVER_SECONDS, leaseLeft } from "../../src/canary/lease.js";
import { readState } from "../../src/canary/state.js";
import type { OperationContext } from "../../src/operation/context.js";
import { baselineProblems, canaryProblems } from "./model/invariants.js";
import {
  activation,
  baselineMachine,
  canaryMachine,
  eligibleMachine,
  promotion,
  watchWith,
} from "./model/scenarios.js";

/** Entries that a watch judges at once. The engine publishes one every 2 s. */
const WINDOW = 8;
const MORE_THAN_THE_WINDOW_MS = 24_000;

async function watched(machine: Machine): Promise<MonitorDocument> {
  const outcome = await run(machine, new Process(machine), (context) => watchWith(context, { window: WINDOW }));
  if (outcome.kind !== "done") throw new Error("the watch did not end", { cause: outcome });
  return outcome.document;
}

describe("what passed through the window before the watch's first judgement", () => {
  test("a violation there ends the canary", async () => {
    const machine = await canaryMachine();
    machine.publish("HODL");
    await pass(machine, MORE_THAN_THE_WINDOW_MS);
    expect(await watched(machine)).toMatchObject({
      outcome: "rolled_back",
      violations: expect.arrayContaining([expect.stringContaining("unknown_label: ")]),
    });
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    "another process there ends it, %i decisions before what is in the window",
    async (before) => {
      const machine = await canaryMachine();
      machine.stop();
      machine.start();
      await pass(machine, (WINDOW + before) * 2000);
      expect(await watched(machine)).toMatchObject({
        outcome: "rolled_back",
        violations: expect.arrayContaining([expect.stringMatching(/^engine_restarts: /)]),
      });
    },
  );

  test("nothing there: the watch goes on to its end", async () => {
    const machine = await canaryMachine();
    await pass(machine, MORE_THAN_THE_WINDOW_MS);
    expect(await watched(machine)).toMatchObject({ outcome: "eligible", exitCode: 0 });
  });
});

describe("what a new process publishes before its watch begins", () => {
  /** Something is wrong as soon as a process with a canary has started. */
  const spoiled = (machine: Machine, process: Process): OperationContext => ({
    ...process.context,
    services: {
      ...process.context.services,
      start: async (...given) => {
        const state = await process.context.services.start(...given);
        if (machine.engine !== null && machine.engine.canary !== null)
          machine.sleepUntil(machine.monotonicMs + 1000, machine, () => {
            machine.publish("HODL");
          });
        return state;
      },
    },
  });

  test.each([
    ["activation", baselineMachine, (context: OperationContext) => activation(context)],
    ["promotion", eligibleMachine, (context: OperationContext) => promotion(context, 0.5)],
  ] as const)("a violation: the %s is undone, and no canary is left", async (_, start, act) => {
    const machine = await start();
    const process = new Process(machine);
    const outcome = await run<QscDocument>(machine, process, () => act(spoiled(machine, process)));
    expect(outcome).toMatchObject({
      kind: "done",
      document: { exitCode: 2, reasons: [expect.stringMatching(/while no watch judged it: .*unknown_label/)] },
    });
    expect(await baselineProblems(machine)).toEqual([]);
  });

  test("nothing: the time without a watch is counted from that judgement", async () => {
    const machine = await baselineMachine();
    const outcome = await run(machine, new Process(machine), (context) => activation(context));
    expect(outcome).toMatchObject({ kind: "done", document: { exitCode: 0 } });
    const { context } = new Process(machine);
    const read = await readState(context);
    const stamp = read.kind === "state" ? read.state.watch?.stamp : undefined;
    expect(await leaseLeft(context)).toBeLessThanOrEqual(
      HANDOVER_SECONDS - (machine.uptimeSeconds - (stamp?.uptimeMs ?? Infinity) / 1000),
    );
  });
});

describe("what the canary publishes between its watch and a promotion", () => {
  async function promoted(machine: Machine, process = new Process(machine)): Promise<PromoteDocument> {
    const outcome = await run(machine, process, (context) => promotion(context, 0.5));
    if (outcome.kind !== "done") throw new Error("the promotion did not end", { cause: outcome });
    return outcome.document;
  }

  test("a violation before the promotion: nothing is promoted", async () => {
    const machine = await eligibleMachine();
    machine.publish("HODL");
    await pass(machine, 10_000);
    expect(await promoted(machine)).toMatchObject({
      exitCode: 2,
      codes: ["canary_violated"],
      reasons: [expect.stringMatching(/^Nothing is promoted: .*unknown_label: .* Roll it back: qsc rollback\.$/)],
    });
    expect(await canaryProblems(machine, ["eligible"])).toEqual([]);
  });

  test("a violation while it is promoted, before its process is stopped: the promotion is undone", async () => {
    const machine = await eligibleMachine();
    const process = new Process(machine, {
      plant: (context) => ({
        ...context,
        services: {
          ...context.services,
          stop: async (...given: Parameters<typeof context.services.stop>) => {
            machine.publish("HODL");
            return context.services.stop(...given);
          },
        },
      }),
    });
    expect(await promoted(machine, process)).toMatchObject({ exitCode: 2, codes: ["canary_violated"] });
    expect(await baselineProblems(machine)).toEqual([]);
  });

  test("a telemetry that cannot be read: nothing is promoted", async () => {
    const machine = await eligibleMachine();
    machine.turnSource("down");
    expect(await promoted(machine)).toMatchObject({ exitCode: 2, weights: { after: null } });
    expect(await canaryProblems(machine, ["eligible"])).toEqual([]);
  });

  test("nothing: it is promoted, and the next watch continues the evidence of every decision", async () => {
    const machine = await eligibleMachine();
    const decisions = async (): Promise<unknown> => {
      const read = await readState(new Process(machine).context);
      return read.kind === "state" && "evidence" in read.state && read.state.evidence?.["decisions"];
    };
    const before = Number(await decisions());
    await pass(machine, 10_000);
    expect(await promoted(machine)).toMatchObject({ exitCode: 0 });
    expect(Number(await decisions())).toBeGreaterThanOrEqual(before + 5);
  });
});
