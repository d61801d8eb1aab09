import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import {
  BASELINE_WEIGHTS,
  CanaryHost,
  createRandom,
  describeRequiring,
  requireRedis,
  requireSystemd,
  type Random,
} from "@qsc-tooling/testkit";
import type { MonitorDocument, PromoteDocument, RollbackDocument, StatusDocument } from "@qsc/contract";
import { describe, expect, test } from "vitest";
import { expectBaseline } from "./support/baseline.js";
import { activated, cutoverWithEnough, MODEL, ran } from "./support/life.js";

const ENGINE = { kind: "scripted", rate: 200, seed: 20_260_113 } as const;
const GUARD = "qsc-deadman-test-engine";
const KILLS = 6;
/** Canaries whose watch is killed, and then their promotion. */
const LIVES = 3;
const TAKEN_BACK = 2;
const SEED = Number(process.env["KILLS_SEED"] ?? Date.now() % 1_000_000);
/** Long enough for the decisions that a watch must judge. */
const MONITOR = ["monitor", "--duration", "4s", "--interval", "1s"] as const;
/** Finds entries that are not decisions among the canary's, and so rolls it back. */
const FAILING_MONITOR = ["monitor", "--interval", "1s"] as const;
const PROMOTE = ["promote", "--to", "50"] as const;

describeRequiring(requireSystemd(), "on a real systemd", () => {
  describeRequiring(requireRedis(), "and a real Redis", () => {
    describe("a command that is killed anywhere", () => {
      test("activate, rollback: leaves the baseline, or a canary that the dead-man rolls back", async () => {
        await using host = await CanaryHost.start({ engine: ENGINE });
        const longest = { activate: await timed(() => activated(host)), rollback: await timed(() => rolledBack(host)) };
        const kills = new Kills(host);
        for (let kill = 0; kill < KILLS; kill += 1) {
          if (kill % 2 === 0) {
            const cutover = await cutoverWithEnough(host);
            await kills.kill(longest.activate, ["activate", "--model", MODEL, "--cutover", cutover]);
          } else {
            await activated(host);
            await kills.kill(longest.rollback, ["rollback"]);
          }
          await takenBack(host, "dead-man", kills.told);
        }
        kills.print();
      });

      test("monitor, promote: leaves a guarded canary, which they resume, and which can be rolled back", async () => {
        await using host = await CanaryHost.start({ engine: ENGINE });
        await activated(host);
        const longest = {
          monitor: await timed(() => succeeded(host, MONITOR)),
          promote: await timed(() => succeeded(host, PROMOTE)),
        };
        await rolledBack(host);
        const kills = new Kills(host);
        for (let life = 0; life < LIVES; life += 1) {
          await activated(host);
          await kills.kill(longest.monitor, MONITOR);
          await watchedOn(host, kills.told);
          await kills.kill(longest.promote, PROMOTE);
          await promotedAgain(host, kills.told);
          await takenBack(host, life % 2 === 0 ? "rollback" : "dead-man", kills.told);
        }
        kills.print();
      });

      test("a monitor that rolls back the canary: leaves the baseline, or a canary that the dead-man rolls back", async () => {
        await using host = await CanaryHost.start({ engine: ENGINE });
        await activated(host);
        await spoilTelemetry(host);
        const longest = await timed(async () => {
          expect(await ran<MonitorDocument>(host.qsc(...FAILING_MONITOR))).toMatchObject({
            code: 2,
            outcome: "rolled_back",
          });
        });
        const kills = new Kills(host);
        for (let kill = 0; kill < TAKEN_BACK; kill += 1) {
          await activated(host);
          await spoilTelemetry(host);
          await kills.kill(longest, FAILING_MONITOR);
          await takenBack(host, kill % 2 === 0 ? "rollback" : "dead-man", kills.told);
        }
        kills.print();
      });
    });
  });
});

/** Kills commands at random moments of their run, and reports it. */
class Kills {
  readonly #host: CanaryHost;
  readonly #random: Random = createRandom(SEED);
  readonly #told: string[] = [];

  constructor(host: CanaryHost) {
    this.#host = host;
  }

  get told(): string {
    return `seed ${SEED}: ${this.#told.join("; ")}`;
  }

  /** Wherever the command was cut off, there is no canary without a dead-man. */
  async kill(longestMs: number, args: readonly string[]): Promise<void> {
    const running = this.#host.startQsc(...args);
    await running.pid();
    const afterMs = Math.round(this.#random.uniform() * longestMs);
    await Promise.race([wait(afterMs), running.ended]);
    // It may have ended by itself.
    await this.#host.signal(running, "KILL").catch(() => undefined);
    await running.ended;
    const [isExposed, guarded] = [existsSync(this.#host.dropIn), await isGuarded(this.#host)];
    this.#told.push(
      `${args[0] ?? ""} after ${afterMs} ms: ${isExposed ? "drop-in" : "no drop-in"}, ${guarded ? "dead-man armed" : "no dead-man"}`,
    );
    expect(isExposed && !guarded, this.told).toBe(false);
  }

  print(): void {
    console.log(`seed ${SEED}, ${this.#told.length} kills:\n${this.#told.join("\n")}`);
  }
}

/** The baseline is proven, with or without another action. */
async function takenBack(host: CanaryHost, by: "rollback" | "dead-man", told: string): Promise<void> {
  const guarded = await isGuarded(host);
  if (by === "dead-man") await letTheLeaseEnd(host);
  // If the dead-man was not armed yet, or no longer, there is no one else.
  if (by === "rollback" || !guarded)
    expect(await ran<RollbackDocument>(host.qsc("rollback")), told).toMatchObject({ code: 0, reasons: [] });
  await expectBaseline(host, "", BASELINE_WEIGHTS);
}

/** The watch is run again, and continues to its end with what it had. */
async function watchedOn(host: CanaryHost, told: string): Promise<void> {
  const before = await statusOf(host);
  expect(before, told).toMatchObject({ code: 0, reasons: [], share: 0.1 });
  if (before.phase === "canary") {
    const { watch, ...again } = await ran<MonitorDocument>(host.qsc(...MONITOR));
    expect(again, told).toMatchObject({ code: 0, outcome: "eligible", reasons: [] });
    expect(watch?.startedAt, told).toBe(before.watch?.startedAt);
    expect(watch?.watchedMs, told).toBeGreaterThanOrEqual(before.watch?.watchedMs ?? Infinity);
    expect(watch?.events, told).toBeGreaterThanOrEqual(before.watch?.events ?? Infinity);
  }
  expect(await statusOf(host), told).toMatchObject({ code: 0, phase: "eligible" });
}

/** The promotion is run again: if it had not begun it succeeds; otherwise it is refused, and nothing changes. */
async function promotedAgain(host: CanaryHost, told: string): Promise<void> {
  const { phase } = await statusOf(host);
  expect(["eligible", "activating", "canary"], told).toContain(phase);
  const dropIn = await readFile(host.dropIn, "utf8");
  const again = await ran<PromoteDocument>(host.qsc(...PROMOTE));
  if (phase === "eligible") {
    expect(again, told).toMatchObject({ code: 0, reasons: [] });
    expect(await statusOf(host), told).toMatchObject({ code: 0, phase: "canary", share: 0.5, reasons: [] });
  } else {
    expect(again, told).toMatchObject({ code: 2, reasons: [expect.stringContaining("not eligible")] });
    expect([await readFile(host.dropIn, "utf8"), await isGuarded(host)], told).toEqual([dropIn, true]);
  }
}

function statusOf(host: CanaryHost): Promise<StatusDocument & { readonly code: number | null }> {
  return ran<StatusDocument>(host.qsc("status"));
}

async function rolledBack(host: CanaryHost): Promise<void> {
  await succeeded(host, ["rollback"]);
}

async function succeeded(host: CanaryHost, args: readonly string[]): Promise<void> {
  expect(await ran(host.qsc(...args))).toMatchObject({ code: 0, reasons: [] });
}

/** How long that takes, in milliseconds. */
async function timed(run: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await run();
  return performance.now() - begun;
}

/** Adds entries that are not decisions, more than any watch tolerates. */
async function spoilTelemetry(host: CanaryHost): Promise<void> {
  const pipeline = host.client.pipeline();
  for (let entry = 0; entry < 1000; entry += 1) pipeline.xadd(host.stream, "*", "payload", "not a decision");
  await pipeline.exec();
}

/** Whether the dead-man's timer runs. */
async function isGuarded(host: CanaryHost): Promise<boolean> {
  const { stdout } = await host.systemd.run("systemctl", "show", "-p", "ActiveState", "--value", `${GUARD}.timer`);
  return stdout.trim() === "active";
}

/** As if the time of the lease had passed: it is over, and the dead-man's timer starts its unit. */
async function letTheLeaseEnd(host: CanaryHost): Promise<void> {
  const path = join(host.workdir, "data", "qsc_canary_lease");
  if (existsSync(path)) {
    const lease = await readFile(path, "utf8");
    await writeFile(path, `${(lease.split(" ")[0] ?? "").concat(" 0").padEnd(lease.length - 1)}\n`);
  }
  // A failed run is one of many: the timer starts the next.
  for (let run = 0; run < 3 && (await isGuarded(host)); run += 1)
    await host.systemd.run("systemctl", "start", `${GUARD}.service`).catch(() => undefined);
}
