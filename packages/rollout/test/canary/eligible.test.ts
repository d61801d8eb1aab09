import type { MonitorDocument } from "@qsc/contract";
import { describe, expect, test } from "vitest";
import { readAudit } from "../../src/operation/audit-log.js";
import { PATHS, Process } from "./model/process.js";
import { installDeadMan, pass, run, runUntil } from "./model/run.js";
import type { Machine } from "./model/machine.js";
import {
  activation,
  baselineMachine,
  canaryMachine,
  eligibleMachine,
  promotion,
  takingBack,
  watchWith,
} from "./model/scenarios.js";

const ELIGIBLE_MS = 20_000;

/** A watch that stays, on a machine of its own; and what it publishes when the canary becomes eligible. */
function staying(
  machine: Machine,
  onEligible?: (document: MonitorDocument) => Promise<void>,
): { readonly ended: Promise<MonitorDocument>; readonly given: readonly MonitorDocument[] } {
  const given: MonitorDocument[] = [];
  const give = async (document: MonitorDocument): Promise<void> => {
    given.push(document);
    await onEligible?.(document);
  };
  const ended = watchWith(new Process(machine).context, { stay: true, onEligible: give });
  // It ends in its own time, which may be after a failed assertion.
  ended.catch(() => undefined);
  return { ended, given };
}

async function turns(machine: Machine, ms: number): Promise<void> {
  const until = machine.monotonicMs + ms;
  machine.sleepUntil(until, machine, () => undefined);
  while (machine.monotonicMs < until) {
    await new Promise((resolve) => setImmediate(resolve));
    machine.advance();
  }
}

describe("a watch that stays", () => {
  test("publishes its document once, when the canary becomes eligible: a person decides then", async () => {
    const machine = await canaryMachine();
    const { given } = staying(machine);
    await turns(machine, ELIGIBLE_MS);
    expect(given).toMatchObject([{ outcome: "eligible", exitCode: 0, verdict: "pass", model: "patchtst", share: 0.1 }]);
    await turns(machine, ELIGIBLE_MS);
    expect(given).toHaveLength(1);
  });

  test("keeps watching if the document cannot be written, and says so at its end", async () => {
    const machine = await canaryMachine();
    const { ended } = staying(machine, () => Promise.reject(new Error("ENOSPC: no space left on device")));
    await turns(machine, ELIGIBLE_MS);
    const outcome = await run(machine, new Process(machine), takingBack);
    expect(outcome).toMatchObject({ kind: "done", document: { exitCode: 0 } });
    await pass(machine, 6000);
    expect((await ended).warnings.join(" ")).toMatch(/The report was not written: .*ENOSPC/);
  });

  test("keeps watching if writing the document hangs", async () => {
    const machine = await canaryMachine();
    const { given, ended } = staying(machine, () => new Promise(() => undefined));
    await turns(machine, ELIGIBLE_MS);
    expect(given).toHaveLength(1);
    expect(machine.guardState()).toBe("armed");
    const outcome = await run(machine, new Process(machine), (context) => promotion(context, 0.5));
    expect(outcome).toMatchObject({ kind: "done", document: { exitCode: 0 } });
    await pass(machine, 6000);
    expect((await ended).outcome).toBe("promoted");
  });

  test("that ends because its eligible canary is promoted says so, and exits with 0", async () => {
    const machine = await canaryMachine();
    const { ended } = staying(machine);
    await turns(machine, ELIGIBLE_MS);
    const outcome = await run(machine, new Process(machine), (context) => promotion(context, 0.5));
    expect(outcome).toMatchObject({ kind: "done", document: { exitCode: 0 } });
    await pass(machine, 6000);
    const document = await ended;
    expect(document).toMatchObject({ outcome: "promoted", exitCode: 0, verdict: "pass", share: 0.1, reasons: [] });
    expect(document.warnings.join(" ")).toContain("50 %");
  });

  test.each(["killed", "undone"])("waits for the end of a promotion, and does not pass if that is %s", async (how) => {
    const machine = await canaryMachine();
    const { ended } = staying(machine);
    await turns(machine, ELIGIBLE_MS);
    installDeadMan(machine);
    if (how === "undone") machine.engineFaults.add("ignores its environment");
    const promoting = new Process(machine);
    let isAlive = true;
    const watched = ended.then((document) => {
      isAlive = false;
      return document;
    });
    const outcome = await runUntil(
      machine,
      promoting,
      (context) => promotion(context, 0.5),
      () => how === "killed" && machine.disk.read(PATHS.state)?.includes('"activating"') === true,
    );
    expect(outcome.kind).toBe(how === "killed" ? "hangs" : "done");
    promoting.effects.kill();
    await turns(machine, 200_000);
    expect(isAlive, "the watch").toBe(false);
    expect(await watched).toMatchObject({ outcome: "no_canary", exitCode: 2, share: 0.1 });
    expect(machine.engine?.canary ?? null).toBeNull();
  });

  test("that ends because its eligible canary is rolled back does not pass, and exits with 2", async () => {
    const machine = await canaryMachine();
    const { ended } = staying(machine);
    await turns(machine, ELIGIBLE_MS);
    await run(machine, new Process(machine), takingBack);
    await pass(machine, 6000);
    expect(await ended).toMatchObject({ outcome: "no_canary", exitCode: 2, codes: ["no_canary"] });
  });
});

test("a canary that was not watched to the end is never reported as promoted, whatever share another command gives it", async () => {
  const machine = await baselineMachine();
  await run(machine, new Process(machine), (context) => activation(context));
  const ended = watchWith(new Process(machine).context, { durationMs: 3_600_000 });
  await turns(machine, 6000);
  const state = JSON.parse(machine.disk.read(PATHS.state) ?? "") as { canary: { share: number }; phase: string };
  machine.disk.put(
    PATHS.state,
    JSON.stringify({ ...state, phase: "activating", watch: null, canary: { ...state.canary, share: 0.5 } }),
  );
  await turns(machine, 6000);
  expect(await ended).toMatchObject({ exitCode: 2 });
});

describe("a watch that does not stay, of a canary that is eligible already", () => {
  const begun = async (): Promise<Machine> => (await eligibleMachine()).clone();

  test("ends with its first judgement, as the watch did that made it so; it may be promoted for as long", async () => {
    const machine = await begun();
    await pass(machine, 4000);
    const beganMs = machine.monotonicMs;
    const ended = await runUntil(
      machine,
      new Process(machine),
      (context) => watchWith(context, { durationMs: 3_600_000 }),
      () => false,
    );
    expect(ended).toMatchObject({
      document: { exitCode: 0, outcome: "eligible", warnings: [expect.stringMatching(/promote within 60 s/)] },
    });
    expect(machine.monotonicMs - beganMs).toBeLessThan(5000);
    const [, until] = (machine.disk.read(PATHS.lease) ?? "").split(" ");
    expect(Number(until) - machine.uptimeSeconds).toBeGreaterThan(55);
    const { entries } = await readAudit(new Process(machine.clone()).context.files, PATHS.audit);
    expect(entries.map(({ event }) => event)).toEqual(["activate", "eligible"]);
    await pass(machine, 1000);
    const raised = await run(machine, new Process(machine), (context) => promotion(context, 0.5));
    expect(raised).toMatchObject({ document: { exitCode: 0 } });
  });

  test("rolls it back if it violates a limit by now", async () => {
    const machine = await begun();
    machine.publish("HODL");
    const ended = await run(machine, new Process(machine), (context) => watchWith(context, {}));
    expect(ended).toMatchObject({ document: { exitCode: 2, outcome: "rolled_back" } });
  });

  test("stays all the same if it is to", async () => {
    const machine = await begun();
    const { given } = staying(machine);
    await turns(machine, ELIGIBLE_MS);
    expect(given).toEqual([]);
    expect(machine.guardState()).toBe("armed");
  });
});
