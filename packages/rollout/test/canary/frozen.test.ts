import type { QscDocument } from "@qsc/contract";
import { describe, expect, test } from "vitest";
import type { Effects } from "./model/effects.js";
import { momentsOf, undisturbed, type Moment } from "./model/interfere.js";
import { servesCanary } from "./model/life.js";
import type { Machine } from "./model/machine.js";
import { PATHS, Process } from "./model/process.js";
import { installDeadMan, runUntil, type Outcome } from "./model/run.js";
import { status } from "../../src/status.js";
import {
  ACTIVATE,
  canaryMachine,
  PROMOTE,
  SCENARIOS,
  takingBack,
  watch,
  wholeMachine,
  type Scenario,
} from "./model/scenarios.js";

const TO_PROMOTED = SCENARIOS.filter(({ name }) => name === "monitor to promoted");
const QUIET = { name: "no one", class: "an operator", acts: () => undefined } as const;
/** Longer than a lease, and too short for the dead-man's next look after it. */
const JUST_LAPSED_MS = 46_000;

type Ended = Outcome<QscDocument> | { readonly kind: "hangs" };

/** What a command does that is stopped at one of its moments, and continues once `meanwhile` lets it. */
async function stopped(
  prepared: Machine,
  scenario: Scenario,
  at: Moment,
  meanwhile: (machine: Machine, effects: Effects) => void,
): Promise<{ readonly machine: Machine; readonly ended: Ended }> {
  const machine = prepared.clone();
  const process = new Process(machine, {
    encounter: {
      ...at,
      act: (effects) => {
        effects.freeze();
        meanwhile(machine, effects);
      },
    },
  });
  installDeadMan(machine);
  const until = machine.monotonicMs + 600_000;
  const ended = await runUntil(
    machine,
    process,
    (context) => scenario.act(context, machine),
    () => machine.monotonicMs >= until,
  );
  return { machine, ended };
}

/** The phase and share of the state; null without a state, and while an activation or a promotion is under way. */
function phaseOn({ disk }: Machine): string | null {
  const text = disk.read(PATHS.state) ?? "";
  const [, phase = null] = /"phase": "(\w+)"/.exec(text) ?? [];
  return phase === null || phase === "activating" ? null : `${phase} ${/"share": ([\d.]+)/.exec(text)?.[1] ?? ""}`;
}

/** The same state without its canary. */
function baselineState(text: string): string {
  const { version, unit, operation, updatedAt, audit } = JSON.parse(text) as Record<string, unknown>;
  return JSON.stringify({ version, unit, operation, updatedAt, audit, phase: "baseline", canary: null, watch: null });
}

function hasSucceeded(ended: Ended): boolean {
  return ended.kind === "done" && ended.document.exitCode === 0;
}

describe.for([ACTIVATE, PROMOTE, ...TO_PROMOTED])(
  "$name, stopped at each moment of it until another command has rolled the canary back",
  (scenario) => {
    test("neither brings the canary back nor says that it is there", async () => {
      const prepared = await scenario.start();
      const { effects } = await undisturbed(prepared, scenario, QUIET);
      const broken: string[] = [];
      for (const at of momentsOf(effects)) {
        const life = { isOver: false, isBack: false, wasLive: false };
        const { ended } = await stopped(prepared, scenario, at, (machine, process) => {
          // What it says then was true when it was proven.
          life.wasLive = ![null, phaseOn(prepared)].includes(phaseOn(machine));
          void takingBack(new Process(machine).context, true).then(({ exitCode }) => {
            if (exitCode !== 0) return;
            life.isOver = true;
            const { passing } = machine.life;
            machine.life.passing = (of, move) => {
              passing.call(machine.life, of, move);
              life.isBack ||= servesCanary(of);
            };
            process.thaw();
          });
        });
        const where = `effect ${at.effect} (${effects[at.effect]?.kind ?? ""}), stage ${at.stage}`;
        if (life.isBack) broken.push(`${where}: the canary is back`);
        if (life.isOver && !life.wasLive && hasSucceeded(ended)) broken.push(`${where}: it ends with 0`);
      }
      expect(broken).toEqual([]);
    });
  },
);

test.for(TO_PROMOTED)("$name, stopped until its lease has just run out: nothing is promoted", async (scenario) => {
  const prepared = await scenario.start();
  const { effects } = await undisturbed(prepared, scenario, QUIET);
  const broken: string[] = [];
  let lapses = 0;
  for (const at of momentsOf(effects)) {
    const lease = { hasLapsed: false };
    const { machine } = await stopped(prepared, scenario, at, (frozen, process) => {
      frozen.sleepUntil(frozen.monotonicMs + JUST_LAPSED_MS, frozen, () => {
        const [boot, until] = (frozen.disk.read(PATHS.lease) ?? "").split(" ");
        lease.hasLapsed = boot !== "promoted" && !(frozen.uptimeSeconds < Number(until));
        process.thaw();
      });
    });
    if (!lease.hasLapsed) continue;
    lapses += 1;
    if (servesCanary(machine))
      broken.push(`effect ${at.effect} (${effects[at.effect]?.kind ?? ""}), stage ${at.stage}`);
  }
  expect(lapses).toBeGreaterThan(0);
  expect(broken).toEqual([]);
});

describe("a watch that finds the state promoted, as after a crash before the lease was ended", () => {
  async function found(lease: (running: string) => string): Promise<Ended> {
    const machine = (await wholeMachine()).clone();
    machine.disk.put(
      PATHS.state,
      (machine.disk.read(PATHS.state) ?? "").replace('"phase": "canary"', '"phase": "promoted"'),
    );
    machine.disk.put(PATHS.lease, lease(machine.disk.read(PATHS.lease) ?? ""));
    return runUntil(machine, new Process(machine), watch, () => false);
  }

  test("completes the promotion while the lease runs", async () => {
    expect(await found((running) => running)).toMatchObject({ document: { exitCode: 0, outcome: "promoted" } });
  });

  test("rolls the canary back if the lease has run out", async () => {
    const lapsed = (running: string): string => `${running.split(" ")[0] ?? ""} 1`.padEnd(running.length - 1) + "\n";
    expect(await found(lapsed)).toMatchObject({ document: { exitCode: 2, outcome: "rolled_back" } });
  });
});

describe("the rollback of a promoted canary that was killed", () => {
  const promotedMachine = async (): Promise<Machine> => {
    const machine = (await wholeMachine()).clone();
    await runUntil(machine, new Process(machine), watch, () => false);
    expect(phaseOn(machine)).toBe("promoted 1");
    return machine;
  };

  test("once it has written the lease: neither a watch nor a status says that the canary is promoted", async () => {
    const prepared = await promotedMachine();
    const other = prepared.clone();
    const whole = new Process(other);
    await runUntil(
      other,
      whole,
      (context) => takingBack(context),
      () => false,
    );
    const broken: string[] = [];
    let reopened = 0;
    for (const at of momentsOf(whole.effects.done)) {
      const machine = prepared.clone();
      const process = new Process(machine, { fault: { ...at, kind: "kill" } });
      await runUntil(
        machine,
        process,
        (context) => takingBack(context),
        () => false,
      );
      if (phaseOn(machine) !== "promoted 1" || machine.disk.read(PATHS.lease)?.startsWith("promoted") === true)
        continue;
      reopened += 1;
      const seen = await status(new Process(machine.clone()).context);
      const ended = await runUntil(machine, new Process(machine), watch, () => false);
      if (seen.exitCode === 0) broken.push(`effect ${at.effect}: status ends with 0`);
      if (hasSucceeded(ended) || servesCanary(machine)) broken.push(`effect ${at.effect}: promoted again`);
    }
    expect(reopened).toBeGreaterThan(2);
    expect(broken).toEqual([]);
  });
});

test("a watch that finds the state promoted while another command acts completes nothing", async () => {
  const machine = (await wholeMachine()).clone();
  const text = (machine.disk.read(PATHS.state) ?? "").replace('"phase": "canary"', '"phase": "promoted"');
  machine.disk.put(PATHS.state, text);
  await new Process(machine).context.lock.acquire(0);
  const ended = await runUntil(machine, new Process(machine), watch, () => false);
  expect(ended).toMatchObject({ kind: "rejected", error: { code: "canary_locked" } });
  expect([machine.guardState(), machine.disk.read(PATHS.lease)?.startsWith("promoted")]).toEqual(["armed", false]);
});

test("a watch whose state is removed, or says that there is no canary, rolls back one whose drop-in is there", async () => {
  for (const without of [null, "baseline"]) {
    const machine = (await canaryMachine()).clone();
    const process = new Process(machine);
    machine.sleepUntil(machine.monotonicMs + 4000, machine, () => {
      if (without === null) machine.disk.remove(PATHS.state);
      else machine.disk.put(PATHS.state, baselineState(machine.disk.read(PATHS.state) ?? "{}"));
    });
    const ended = await runUntil(machine, process, watch, () => false);
    expect(ended).toMatchObject({ kind: "done", document: { exitCode: 2, outcome: "rolled_back" } });
    expect(servesCanary(machine)).toBe(false);
  }
});
