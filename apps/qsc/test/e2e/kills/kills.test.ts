import { setTimeout as wait } from "node:timers/promises";
import { createRandom, describeRequiring, requireRedis, requireSystemd } from "@qsc-tooling/testkit";
import { describe, expect, test } from "vitest";
import { Machine } from "./machine.js";

const MODEL = "patchtst";
const KILLS = 6;
const SEED = Number(process.env["KILLS_SEED"] ?? Date.now() % 1_000_000);

describeRequiring(requireSystemd(), "on a real systemd", () => {
  describeRequiring(requireRedis(), "and a real Redis", () => {
    describe("a command that is killed anywhere", () => {
      test("leaves the baseline, or a canary that the dead-man takes back", async () => {
        const random = createRandom(SEED);
        await using machine = await Machine.start();
        const longest = { activate: await activated(machine), rollback: await rolledBack(machine) };
        const told: string[] = [];
        for (let kill = 0; kill < KILLS; kill += 1) {
          const command = kill % 2 === 0 ? "activate" : "rollback";
          const args = command === "activate" ? ["activate", "--model", MODEL, "--cutover", await ready(machine)] : ["rollback"];
          if (command === "rollback") await activated(machine);
          const running = await machine.begin(...args);
          const afterMs = Math.round(random.uniform() * longest[command]);
          await wait(afterMs);
          await running.kill();
          const [isExposed, isGuarded] = [(await machine.dropIn()) !== "", await machine.isGuarded()];
          told.push(`${command} after ${afterMs} ms: ${isExposed ? "drop-in" : "no drop-in"}, ${isGuarded ? "dead-man armed" : "no dead-man"}`);
          expect(isExposed && !isGuarded, `seed ${SEED}: ${told.join("; ")}`).toBe(false);
          await machine.letTheLeaseEnd();
          if (!isGuarded) await machine.qsc("rollback");
          const status = await machine.qsc("status");
          expect(status, `seed ${SEED}: ${told.join("; ")}`).toMatchObject({ exitCode: 0, phase: "baseline", reasons: [] });
          expect([await machine.dropIn(), await machine.isGuarded()]).toEqual(["", false]);
          expect(await machine.environment()).not.toContain("CANARY");
        }
        expect(await machine.qsc("audit", "verify")).toMatchObject({ exitCode: 0, brokenLine: null });
        console.log(`seed ${SEED}, ${KILLS} kills:\n${told.join("\n")}`);
      }, 480_000);
    });
  });
});

/** The cutover, once there are enough decisions for a gate. */
async function ready(machine: Machine): Promise<string> {
  const found = await machine.qsc("cutover");
  const cutover = "cutover" in found ? (found.cutover ?? "") : "";
  expect(await machine.qsc("quality-gate", "--mode", "canary", "--model", MODEL, "--after", cutover, "--wait")).toMatchObject({ exitCode: 0 });
  return cutover;
}

/** Activates the canary; how long that took, in milliseconds. */
async function activated(machine: Machine): Promise<number> {
  const cutover = await ready(machine);
  return timed(() => machine.qsc("activate", "--model", MODEL, "--cutover", cutover));
}

function rolledBack(machine: Machine): Promise<number> {
  return timed(() => machine.qsc("rollback"));
}

async function timed(command: () => ReturnType<Machine["qsc"]>): Promise<number> {
  const begun = performance.now();
  expect(await command()).toMatchObject({ exitCode: 0, reasons: [] });
  return performance.now() - begun;
}
