import { existsSync } from "node:fs";
import { chmod, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { MonitorDocument, RollbackDocument } from "@qsc/contract";
import {
  BASELINE_WEIGHTS,
  CanaryHost,
  describeRequiring,
  repositoryRoot,
  requirePolkit,
  requireRedis,
  requireSystemd,
  startPolkit,
} from "@qsc-tooling/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { activated, cutoverWithEnough, MODEL, ran, stateOf } from "./support/life.js";

const GUARD = "qsc-deadman-test-engine";
/** How late the dead-man's timer may begin a look, in seconds: its interval and its accuracy. */
const LOOK_SECONDS = 11;
/** Entries: more than a gate reads. */
const KEPT = 5000;
const PROMISE_SECONDS = 120;
/** A test of its own for each, so that none takes too long. */
const PARTS = [0, 1, 2, 3] as const;
/** An effect on a report, which is written once all else is done. */
const REPORT = /_\d{8}_\d{6}\.\w+$/;
const SIGNALS = ["SIGKILL", "SIGSTOP"] as const;
const MONITOR = ["monitor", "--duration", "5s", "--interval", "1s"] as const;

const TRIES = 3;

type Command = "activate" | "promote";

describeRequiring(requireSystemd(), "a command that stops right before any of its effects", () => {
  describeRequiring(requirePolkit(), "with the units of qsc init", () => {
    describeRequiring(requireRedis(), "on a real Redis", () => {
      let host: CanaryHost;
      let longest = { seconds: 0, where: "nowhere" };
      const effects: Record<Command, readonly string[]> = { activate: [], promote: [] };
      const beside = (name: string): string => join(dirname(host.workdir), name);

      beforeAll(async () => {
        host = await CanaryHost.start({
          engine: { kind: "scripted", rate: 100, seed: 20_261_201 },
          program: join(repositoryRoot, "apps/qsc/test/e2e/support/stopping-qsc.js"),
        });
        await chmod(dirname(host.workdir), 0o755);
        await startPolkit(host.systemd);
        expect(await ran(host.qsc("init", "--user", "nobody"))).toMatchObject({ code: 0, reasons: [] });
        for (const command of ["activate", "promote"] as const) effects[command] = await effectsOf(command);
        await rolledBack();
      });
      afterAll(async () => {
        console.log(`the longest that a canary lived: ${longest.seconds.toFixed(1)} s, ${longest.where}`);
        await host[Symbol.asyncDispose]();
      });

      async function argsOf(command: Command): Promise<readonly string[]> {
        if (command === "promote") return ["promote", "--to", "50", "--watch-unit", "none"];
        return ["activate", "--model", MODEL, "--cutover", await cutoverWithEnough(host), "--watch-unit", "none"];
      }

      async function prepare(command: Command): Promise<void> {
        if (command === "activate") return;
        if ((await stateOf(host))?.phase !== "canary") await activated(host, "--watch-unit", "none");
        expect(await ran<MonitorDocument>(host.qsc(...MONITOR))).toMatchObject({ code: 0, outcome: "eligible" });
      }

      /** What a command does, if nothing stops it. */
      async function effectsOf(command: Command): Promise<readonly string[]> {
        await prepare(command);
        await rm(beside("effects.log"), { force: true });
        await writeFile(beside("stop.json"), JSON.stringify({ command, at: -1, signal: "SIGKILL" }));
        expect(await ran(host.qsc(...(await argsOf(command))))).toMatchObject({ code: 0, reasons: [] });
        return linesOf(await readFile(beside("effects.log"), "utf8"));
      }

      async function rolledBack(): Promise<void> {
        expect(await ran<RollbackDocument>(host.qsc("rollback"))).toMatchObject({ code: 0, reasons: [] });
      }

      async function show(unit: string, property: string): Promise<string> {
        return (await host.systemd.run("systemctl", "show", "--value", "-p", property, unit)).stdout.trim();
      }

      const isServed = async (): Promise<boolean> =>
        existsSync(host.dropIn) || (await host.newestDecision()).canary !== null;

      /**
       * How long the canary still lives: what is left of its lease, the longest time to the dead-man's look, and what the
       * looks from then on take. The lease is ended here, as if its time had passed.
       */
      async function restoredByDeadMan(): Promise<number> {
        const path = join(host.workdir, "data", "qsc_canary_lease");
        const lease = await readFile(path, "utf8");
        const [boot = "", until = ""] = lease.split(" ");
        const uptime = Number((await readFile("/proc/uptime", "utf8")).split(" ")[0]);
        await writeFile(path, `${`${boot} 0`.padEnd(lease.length - 1)}\n`);
        const begun = performance.now();
        const looking = host.systemd.run("systemctl", "start", `${GUARD}.service`).catch(() => undefined);
        await host.until("the end of the canary", async () => !(await isServed()));
        const seconds = (performance.now() - begun) / 1000;
        await looking;
        return Math.max(0, Number(until) - uptime) + LOOK_SECONDS + seconds;
      }

      async function isStopped(pid: number): Promise<boolean> {
        const { stdout } = await host.systemd.run("cat", `/proc/${pid}/stat`);
        return /\) T /.test(stdout);
      }

      /** How many effects the command has had, or was about to have. */
      async function effectsSoFar(): Promise<number> {
        return linesOf(await readFile(beside("effects.log"), "utf8").catch(() => "")).length;
      }

      /** False if the command ended before that effect, as it may on a machine that is too busy for its time limits. */
      async function stopAt(command: Command, at: number, signal: (typeof SIGNALS)[number]): Promise<boolean> {
        const where = `${command}, ${signal} before effect ${at} of ${effects[command].length}: ${effects[command][at] ?? ""}`;
        // So that a later stop takes no longer than the first.
        await host.client.xtrim(host.stream, "MAXLEN", KEPT);
        // What prepares it is not to stop.
        await rm(beside("stop.json"), { force: true });
        await prepare(command);
        const args = await argsOf(command);
        await rm(beside("effects.log"), { force: true });
        await writeFile(beside("stop.json"), JSON.stringify({ command, at, signal }));
        const running = host.startQsc(...args);
        const isReached = async (): Promise<boolean> => (await effectsSoFar()) > at;
        if (signal === "SIGKILL") await running.ended;
        else await Promise.race([running.ended, host.until("the effect", isReached)]);
        if (!(await isReached())) {
          await restored(where);
          return false;
        }
        if (signal === "SIGSTOP") await host.until("the stop", async () => isStopped(await running.pid()));
        const isGuarded = (await show(`${GUARD}.timer`, "ActiveState")) === "active";
        const wasServed = await isServed();
        expect(wasServed && !isGuarded, `${where}: a canary without a dead-man`).toBe(false);
        if (wasServed) {
          const seconds = await restoredByDeadMan();
          if (seconds > longest.seconds) longest = { seconds, where };
          expect(seconds, where).toBeLessThan(PROMISE_SECONDS);
        }
        if (signal === "SIGSTOP") {
          await host.systemd.run("kill", "-CONT", String(await running.pid()));
          running.resume();
          const { code } = await running.ended;
          // One that was stopped before anything was served may still succeed; and one that was stopped while it wrote its
          // report says what was true before.
          if (wasServed && !REPORT.test(effects[command][at] ?? "")) expect(code, where).toBe(2);
        }
        await restored(where);
        return true;
      }

      /** The baseline is proven and nothing is left, by the dead-man or, if it was not armed, by an operator. */
      async function restored(where: string): Promise<void> {
        await rolledBack();
        const { canary, weights } = await host.newestDecision();
        expect([canary, weights, existsSync(host.dropIn)], where).toEqual([null, BASELINE_WEIGHTS, false]);
        expect(await ran(host.qsc("status")), where).toMatchObject({ code: 0, phase: "baseline", reasons: [] });
      }

      describe.each(["activate", "promote"] as const)("%s", (command) => {
        test("acts on the host in many places", () => {
          expect(effects[command].length).toBeGreaterThan(15);
          console.log(`${command}:\n${effects[command].map((effect, at) => `${at}: ${effect}`).join("\n")}`);
        });

        test.each(PARTS)("part %i of the stops: baseline, or a canary that the dead-man ends in time", async (part) => {
          for (let at = part; at < effects[command].length; at += PARTS.length) {
            const signal = SIGNALS[Math.floor(at / PARTS.length) % 2] ?? "SIGKILL";
            let tries = 0;
            while (!(await stopAt(command, at, signal))) {
              tries += 1;
              expect(tries, `${command}, effect ${at}: was never reached`).toBeLessThan(TRIES);
            }
          }
        });
      });
    });
  });
});

function linesOf(text: string): readonly string[] {
  return text.split("\n").filter((line) => line !== "");
}
