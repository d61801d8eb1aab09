import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  BASELINE_WEIGHTS,
  CanaryHost,
  describeRequiring,
  requireRedis,
  requireSystemd,
  type CanaryHostOptions,
  type RunningQsc,
} from "@qsc-tooling/testkit";
import type { AuditEntry, MonitorDocument } from "@qsc/contract";
import { describe, expect, test } from "vitest";
import { expectBaseline, guardsOf } from "./support/baseline.js";
import { activated, checksOf, cutoverWithEnough, MODEL, ran, stateOf, watched } from "./support/life.js";

/** Slow enough for several machines at the same time. */
const ENGINE = { kind: "scripted", rate: 40, seed: 20_260_115 } as const;
const MONITOR = ["monitor", "--window", "300", "--interval", "1s"] as const;
/** The most seconds that an unwatched canary lives: a promise, whatever the speed of this machine. */
const LONGEST_SECONDS = 120;
const PATIENCE_MS = 180_000;

describeRequiring(requireSystemd(), "a canary without a watch or telemetry", () => {
  describeRequiring(requireRedis(), "on a real Redis", () => {
    // Each waits for most of its time: in parallel they take as long as the longest.
    describe.concurrent("each on a machine of its own", () => {
      test("Redis stays away: rolled back after 90 s without proof; once Redis is back, the dead-man proves it", async () => {
        await using host = await started({ redis: { persistent: true } });
        const { bootId, monitor } = await watching(host, "--proof-timeout", "5s");
        await host.redis.kill();
        const document = await ran<MonitorDocument>(monitor.ended);
        // On a busy machine the dead-man, whose lease ends at the same time, may come first: the watch leaves then.
        if (document.outcome === "no_canary") expect(document).toMatchObject({ code: 2, rollback: null });
        else {
          expect(document, document.violations.join("\n")).toMatchObject({
            code: 2,
            outcome: "rollback_failed",
            rollback: { weights: { after: null } },
          });
          expect(document.violations.join(" ")).toMatch(/^source: the telemetry could not be read for 1 min 30 s: /);
        }
        expect(existsSync(host.dropIn)).toBe(false);
        const { stdout } = await host.systemd.run("systemctl", "show", "-p", "Environment", host.unit);
        expect(stdout).not.toContain("CANARY");
        await host.redis.restart();
        await host.until("the dead-man's proof", async () => (await guardsOf(host)).length === 0, PATIENCE_MS);
        await expectBaseline(host, bootId, BASELINE_WEIGHTS);
      });

      test("the monitor was killed: rolled back within 120 s", async () => {
        await using host = await started();
        const { bootId, monitor } = await watching(host);
        await host.signal(monitor, "KILL");
        expect((await monitor.ended).code).not.toBe(0);
        await takenBackSince(Date.now(), host);
        await expectBaseline(host, bootId, BASELINE_WEIGHTS);
      });

      test("the monitor hangs: rolled back within 120 s, and the monitor does nothing afterwards", async () => {
        await using host = await started();
        const { bootId, monitor } = await watching(host);
        await host.signal(monitor, "STOP");
        const hungMs = Date.now();
        await host.until("the baseline", async () => (await host.newestDecision()).canary === null, PATIENCE_MS);
        // The dead-man may stay until the hanging command can do no more harm.
        monitor.resume();
        expect((await monitor.ended).code).toBe(2);
        await takenBackSince(hungMs, host);
        await expectBaseline(host, bootId, BASELINE_WEIGHTS);
      });

      test("an activation was killed halfway: rolled back within 120 s", async () => {
        await using host = await started();
        const cutover = await cutoverWithEnough(host);
        const release = await host.installHeld(ENGINE);
        const activation = host.startQsc("activate", "--model", MODEL, "--cutover", cutover);
        await host.until("the drop-in", async () => existsSync(host.dropIn));
        await host.signal(activation, "KILL");
        await release();
        const killedMs = Date.now();
        expect(await stateOf(host)).toMatchObject({ phase: "activating" });
        await takenBackSince(killedMs, host);
        await expectBaseline(host, "", BASELINE_WEIGHTS);
      });

      test("the power was cut: rolled back within 120 s of the boot", async () => {
        await using host = await started({ redis: { persistent: true } });
        const { bootId } = await watching(host);
        await host.reboot();
        const bootedMs = Date.now();
        await host.until("a decision after the boot", async () => (await host.newestDecision()).bootId !== bootId);
        expect((await host.newestDecision()).canary, "the engine starts with the canary").toEqual({
          model: MODEL,
          weight: 0.1,
        });
        const { bootId: afterBoot } = await host.newestDecision();
        await takenBackSince(bootedMs, host);
        await expectBaseline(host, afterBoot, BASELINE_WEIGHTS);
      });

      test("the monitor was killed, and the tool no longer works: the drop-in is removed within 120 s all the same", async () => {
        await using host = await started();
        const { bootId, monitor } = await watching(host);
        await writeFile(join(host.workdir, "data", "qsc_canary_settings.json"), "{");
        await host.signal(monitor, "KILL");
        const killedMs = Date.now();
        await host.until("the baseline", async () => (await host.newestDecision()).canary === null, PATIENCE_MS);
        const { weights, bootId: clean, id } = await host.newestDecision();
        expect((Number(id.split("-")[0]) - killedMs) / 1000, "seconds").toBeLessThan(LONGEST_SECONDS);
        expect(clean).not.toBe(bootId);
        expect(weights).toEqual(BASELINE_WEIGHTS);
        expect(existsSync(host.dropIn)).toBe(false);
        expect(await guardsOf(host), "nothing is proven: it goes on trying").not.toEqual([]);
      });

      test("Redis was away for 20 s: the watch continues, and keeps counting", async () => {
        await using host = await started({ redis: { persistent: true } });
        const { monitor } = await watching(host, "--duration", "40s");
        const before = (await stateOf(host))?.watch?.events ?? Infinity;
        await host.redis.kill();
        await new Promise((resolve) => setTimeout(resolve, 20_000));
        await host.redis.restart();
        const document = await ran<MonitorDocument>(monitor.ended);
        expect(document).toMatchObject({ code: 0, outcome: "eligible", violations: [] });
        expect(document.watch?.events).toBeGreaterThan(before);
      });

      test("no decision for longer than the policy allows: rolled back for telemetry_silence", async () => {
        await using host = await started({ policy: "maxAge: 30s\n" });
        const { bootId, monitor } = await watching(host);
        await host.tell("telemetry_silence");
        const document = await ran<MonitorDocument>(monitor.ended);
        expect(document).toMatchObject({ code: 2, outcome: "rolled_back" });
        expect(checksOf(document), document.violations.join("\n")).toEqual(["telemetry_silence"]);
        await expectBaseline(host, bootId, BASELINE_WEIGHTS);
      });
    });
  });
});

function started(options: Omit<CanaryHostOptions, "engine"> = {}): Promise<CanaryHost> {
  return CanaryHost.start({ engine: ENGINE, ...options });
}

/** A canary under watch, judged once. */
async function watching(
  host: CanaryHost,
  ...options: readonly string[]
): Promise<{ readonly bootId: string; readonly monitor: RunningQsc }> {
  const { bootId } = await activated(host);
  const monitor = host.startQsc(...MONITOR, ...options);
  await watched(host, 1);
  return { bootId, monitor };
}

/** Waits until the dead-man has done its work, and compares the times in the log and the journal. */
async function takenBackSince(sinceMs: number, host: CanaryHost): Promise<void> {
  await host.until(
    "the end of the dead-man",
    async () => (await stateOf(host))?.phase === "baseline" && (await guardsOf(host)).length === 0,
    PATIENCE_MS,
  );
  const lines = (await readFile(join(host.workdir, "logs", "qsc_canary.jsonl"), "utf8")).trim().split("\n");
  const rollback = lines.map((line) => JSON.parse(line) as AuditEntry).find(({ event }) => event === "rollback");
  expect(rollback?.details).toMatchObject({ reason: "the canary is unmonitored" });
  expect((Date.parse(rollback?.at ?? "") - sinceMs) / 1000, "seconds to the proof").toBeLessThan(LONGEST_SECONDS);
  await host.systemd.run("journalctl", "--sync");
  const { stdout } = await host.systemd.run(
    "journalctl",
    "-o",
    "short-unix",
    "-u",
    host.unit,
    "_PID=1",
    "--grep",
    "^Stopped",
    "--no-pager",
  );
  const stoppedMs = Number.parseFloat(stdout.trim().split("\n").at(-1) ?? "") * 1000;
  expect((stoppedMs - sinceMs) / 1000, "seconds to the stop of the unit").toBeLessThan(LONGEST_SECONDS);
  expect(stoppedMs).toBeGreaterThan(sinceMs);
}
