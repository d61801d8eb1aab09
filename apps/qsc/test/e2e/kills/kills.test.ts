import { setTimeout as wait } from "node:timers/promises";
import { createRandom, describeRequiring, requireRedis, requireSystemd, type Random } from "@qsc-tooling/testkit";
import type { MonitorDocument, StatusDocument } from "@qsc/contract";
import { describe, expect, test } from "vitest";
import { Machine } from "./machine.js";

const MODEL = "patchtst";
const KILLS = 6;
/** Canaries whose watch is killed, and then their promotion. */
const LIVES = 3;
const TAKEN_BACK = 2;
const SEED = Number(process.env["KILLS_SEED"] ?? Date.now() % 1_000_000);
/** Long enough for the decisions that a watch has to judge. */
const MONITOR = ["monitor", "--duration", "4s", "--interval", "1s"] as const;
/** Finds what is no decision among those of the canary: it takes the canary back. */
const FAILING_MONITOR = ["monitor", "--interval", "1s"] as const;
const PROMOTE = ["promote", "--to", "50"] as const;

describeRequiring(requireSystemd(), "on a real systemd", () => {
  describeRequiring(requireRedis(), "and a real Redis", () => {
    describe("a command that is killed anywhere", () => {
      test("activate, rollback: leaves the baseline, or a canary that the dead-man takes back", async () => {
        await using machine = await Machine.start();
        const longest = { activate: await activated(machine), rollback: await timed(machine, "rollback") };
        const kills = new Kills(machine);
        for (let kill = 0; kill < KILLS; kill += 1) {
          const command = kill % 2 === 0 ? "activate" : "rollback";
          const args = command === "activate" ? ["activate", "--model", MODEL, "--cutover", await ready(machine)] : ["rollback"];
          if (command === "rollback") await activated(machine);
          await kills.kill(longest[command], args);
          await takenBack(machine, "dead-man", kills.told);
        }
        kills.print();
      });

      test("monitor, promote: leaves a canary that is guarded, which they go on with, and which is taken back", async () => {
        await using machine = await Machine.start();
        await activated(machine);
        const longest = { monitor: await timed(machine, ...MONITOR), promote: await timed(machine, ...PROMOTE) };
        await timed(machine, "rollback");
        const kills = new Kills(machine);
        for (let life = 0; life < LIVES; life += 1) {
          await activated(machine);
          await kills.kill(longest.monitor, MONITOR);
          await watchedOn(machine, kills.told);
          await kills.kill(longest.promote, PROMOTE);
          await promotedAgain(machine, kills.told);
          await takenBack(machine, life % 2 === 0 ? "rollback" : "dead-man", kills.told);
        }
        kills.print();
      });

      test("a monitor that takes the canary back: leaves the baseline, or a canary that is taken back", async () => {
        await using machine = await Machine.start();
        await activated(machine);
        await machine.spoilTelemetry();
        const begun = performance.now();
        expect(await machine.qsc(...FAILING_MONITOR)).toMatchObject({ exitCode: 2, outcome: "rolled_back" });
        const longest = performance.now() - begun;
        const kills = new Kills(machine);
        for (let kill = 0; kill < TAKEN_BACK; kill += 1) {
          await activated(machine);
          await machine.spoilTelemetry();
          await kills.kill(longest, FAILING_MONITOR);
          await takenBack(machine, kill % 2 === 0 ? "rollback" : "dead-man", kills.told);
        }
        kills.print();
      });
    });
  });
});

/** Kills commands at random moments of their run, and tells of it. */
class Kills {
  readonly #machine: Machine;
  readonly #random: Random = createRandom(SEED);
  readonly #told: string[] = [];

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  get told(): string {
    return `seed ${SEED}: ${this.#told.join("; ")}`;
  }

  /** Whatever the command was in the middle of, there is no canary without a dead-man. */
  async kill(longestMs: number, args: readonly string[]): Promise<void> {
    const running = await this.#machine.begin(...args);
    const afterMs = Math.round(this.#random.uniform() * longestMs);
    await wait(afterMs);
    await running.kill();
    const [isExposed, isGuarded] = [(await this.#machine.dropIn()) !== "", await this.#machine.isGuarded()];
    this.#told.push(`${args[0] ?? ""} after ${afterMs} ms: ${isExposed ? "drop-in" : "no drop-in"}, ${isGuarded ? "dead-man armed" : "no dead-man"}`);
    expect(isExposed && !isGuarded, this.told).toBe(false);
  }

  print(): void {
    console.log(`seed ${SEED}, ${this.#told.length} kills:\n${this.#told.join("\n")}`);
  }
}

/** The baseline is proven, after somebody's act, or nobody's. */
async function takenBack(machine: Machine, by: "rollback" | "dead-man", told: string): Promise<void> {
  const isGuarded = await machine.isGuarded();
  if (by === "dead-man") await machine.letTheLeaseEnd();
  // Where the dead-man was not armed yet, or not any more, there is nobody else.
  if (by === "rollback" || !isGuarded) expect(await machine.qsc("rollback"), told).toMatchObject({ exitCode: 0, reasons: [] });
  expect(await machine.qsc("status"), told).toMatchObject({ exitCode: 0, phase: "baseline", reasons: [] });
  expect([await machine.dropIn(), await machine.isGuarded()], told).toEqual(["", false]);
  expect(await machine.environment(), told).not.toContain("CANARY");
  expect(await machine.qsc("audit", "verify"), told).toMatchObject({ exitCode: 0, brokenLine: null });
}

/** The watch is run again, and goes on to its end with what it had. */
async function watchedOn(machine: Machine, told: string): Promise<void> {
  const before = await statusOf(machine);
  expect(before, told).toMatchObject({ exitCode: 0, reasons: [], share: 0.1 });
  if (before.phase === "canary") {
    const { watch, ...again } = (await machine.qsc(...MONITOR)) as MonitorDocument;
    expect(again, told).toMatchObject({ exitCode: 0, outcome: "eligible", reasons: [] });
    expect(watch?.startedAt, told).toBe(before.watch?.startedAt);
    expect(watch?.watchedMs, told).toBeGreaterThanOrEqual(before.watch?.watchedMs ?? Infinity);
    expect(watch?.events, told).toBeGreaterThanOrEqual(before.watch?.events ?? Infinity);
  }
  expect(await statusOf(machine), told).toMatchObject({ exitCode: 0, phase: "eligible" });
}

/** The promotion is run again: where it had not begun it succeeds; else it is refused, and nothing is changed. */
async function promotedAgain(machine: Machine, told: string): Promise<void> {
  const { phase } = await statusOf(machine);
  expect(["eligible", "activating", "canary"], told).toContain(phase);
  const dropIn = await machine.dropIn();
  const again = await machine.qsc(...PROMOTE);
  if (phase === "eligible") {
    expect(again, told).toMatchObject({ exitCode: 0, reasons: [] });
    expect(await statusOf(machine), told).toMatchObject({ exitCode: 0, phase: "canary", share: 0.5, reasons: [] });
  } else {
    expect(again, told).toMatchObject({ exitCode: 2, reasons: [expect.stringContaining("not eligible")] });
    expect([await machine.dropIn(), await machine.isGuarded()], told).toEqual([dropIn, true]);
  }
}

async function statusOf(machine: Machine): Promise<StatusDocument> {
  return (await machine.qsc("status")) as StatusDocument;
}

/** The cutover, once there are enough decisions for a gate. */
async function ready(machine: Machine): Promise<string> {
  const found = await machine.qsc("cutover");
  const cutover = "cutover" in found ? (found.cutover ?? "") : "";
  expect(await machine.qsc("quality-gate", "--mode", "canary", "--model", MODEL, "--after", cutover, "--wait")).toMatchObject({ exitCode: 0 });
  return cutover;
}

/** Activates the canary; how long that took, in milliseconds. */
async function activated(machine: Machine): Promise<number> {
  return timed(machine, "activate", "--model", MODEL, "--cutover", await ready(machine));
}

/** Runs a command that succeeds; how long that took, in milliseconds. */
async function timed(machine: Machine, ...args: readonly string[]): Promise<number> {
  const begun = performance.now();
  expect(await machine.qsc(...args)).toMatchObject({ exitCode: 0, reasons: [] });
  return performance.now() - begun;
}
