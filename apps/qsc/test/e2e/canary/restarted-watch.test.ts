import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { CanaryHost, describeRequiring, requireRedis, requireSystemd, type RunningQsc } from "@qsc-tooling/testkit";
import type { MonitorDocument } from "@qsc/contract";
import { describe, expect, test } from "vitest";
import { activated, ran, refusal, stateOf, watched } from "./support/life.js";

/** Slow enough for several machines at the same time. */
const ENGINE = { kind: "scripted", rate: 40, seed: 20_260_115 } as const;
const MONITOR = ["monitor", "--window", "300", "--interval", "1s", "--proof-timeout", "5s"] as const;
/** The most seconds that a canary lives without a judgement: a promise, whatever the speed of this machine. */
const LONGEST_SECONDS = 120;
const GUARD = "qsc-deadman-test-engine.timer";

describeRequiring(requireSystemd(), "a watch that is restarted again and again, or whose dead-man is stopped", () => {
  describeRequiring(requireRedis(), "on a real Redis", () => {
    // Each waits for most of its time: in parallel they take as long as the longest.
    describe.concurrent("each on a machine of its own", () => {
      test.each([29, 30, 40])(
        "Redis is gone and the monitor is killed every %s s: no start gives the canary time",
        async (seconds) => {
          await using host = await CanaryHost.start({ engine: ENGINE, redis: { persistent: true } });
          let monitor = await watching(host);
          await host.redis.kill();
          const judgedMs = await lastJudgedMs(host);
          const isGone = noCanary(host);
          while (await Promise.race([isGone.then(() => false), wait(seconds * 1000, true)])) {
            await host.signal(monitor, "KILL").catch(() => undefined);
            await monitor.ended;
            monitor = host.startQsc(...MONITOR);
          }
          await host.signal(monitor, "KILL").catch(() => undefined);
          await monitor.ended;
          expect(((await isGone) - judgedMs) / 1000, "seconds since the last judgement").toBeLessThan(LONGEST_SECONDS);
          expect(await lastJudgedMs(host), "nothing was judged since").toBe(judgedMs);
        },
      );

      test("the dead-man's timer is stopped, then disabled: armed again during the watch; time counts once across a restart", async () => {
        await using host = await CanaryHost.start({ engine: ENGINE });
        const first = await watching(host);
        for (const [index, verb] of ["stop", "disable"].entries()) {
          await host.systemd.run("systemctl", verb, GUARD);
          await host.until(
            `the dead-man after ${verb}`,
            async () => (await armedAgain(host)) > index && (await isArmed(host)),
          );
        }
        await host.signal(first, "KILL");
        await first.ended;
        const second = host.startQsc(...MONITOR);
        const before = (await stateOf(host))?.watch?.judgements ?? Infinity;
        await host.until(
          "a judgement of the second run",
          async () => ((await stateOf(host))?.watch?.judgements ?? 0) > before,
        );
        await host.signal(second, "INT");
        const document = await ran<MonitorDocument>(second.ended);
        expect(document).toMatchObject({ outcome: "interrupted", violations: [] });
        const { watchedMs = 0, startedAt = "" } = document.watch ?? {};
        expect(watchedMs).toBeLessThanOrEqual(Date.now() - Date.parse(startedAt));
        expect(watchedMs).toBeGreaterThan(0);
        expect(await armedAgain(host)).toBe(2);
        expect(await ran(host.qsc("rollback"))).toMatchObject({ code: 0 });
      });

      test.each([
        ["service", "[Service]\nExecStart=\nExecStart=/bin/true\n"],
        ["timer", "[Timer]\nOnBootSec=\nOnUnitActiveSec=\nOnActiveSec=1h\n"],
      ])(
        "an operator edits the dead-man's %s: the watch names the drop-in and rolls back the canary",
        async (kind, text) => {
          await using host = await CanaryHost.start({ engine: ENGINE });
          const monitor = await watching(host);
          const directory = join(host.systemd.unitDirectory, `qsc-deadman-test-engine.${kind}.d`);
          await mkdir(directory);
          await writeFile(join(directory, "edited.conf"), text);
          await host.systemd.run("systemctl", "daemon-reload");
          const document = await ran<MonitorDocument>(monitor.ended);
          expect(document).toMatchObject({ code: 2, outcome: "rolled_back" });
          expect(document.violations.join(" ")).toMatch(/^dead-man: .*\/edited\.conf changes what it does/);
        },
      );

      test("an interval that is not shorter than the lease is refused", async () => {
        await using host = await CanaryHost.start({ engine: ENGINE });
        const { exit, code, message } = await refusal(host.qsc("monitor", "--interval", "45s"));
        expect({ exit, code }).toEqual({ exit: 1, code: "usage" });
        expect(message).toMatch(/^--interval '45s' is too long; write less than 45 s/);
      });
    });
  });
});

/** A canary under watch, judged once. */
async function watching(host: CanaryHost): Promise<RunningQsc> {
  await activated(host);
  const monitor = host.startQsc(...MONITOR);
  await watched(host, 1);
  return monitor;
}

async function lastJudgedMs(host: CanaryHost): Promise<number> {
  return Date.parse((await stateOf(host))?.watch?.lastJudgedAt ?? "");
}

/** When neither a drop-in nor the engine's process has a canary any longer, in milliseconds since 1970. */
async function noCanary(host: CanaryHost): Promise<number> {
  const left = `tr '\\0' '\\n' < "/proc/$(systemctl show -p MainPID --value ${host.unit})/environ" | grep -c ^QSC_CANARY_ || true`;
  await host.until("the end of the canary", async () => {
    if (existsSync(host.dropIn)) return false;
    return (await host.systemd.run("/bin/sh", "-c", left)).stdout.trim() === "0";
  });
  return Date.now();
}

/** How often the log says that a watch has armed the dead-man. */
async function armedAgain(host: CanaryHost): Promise<number> {
  const log = await readFile(join(host.workdir, "logs", "qsc_canary.jsonl"), "utf8");
  return log.match(/"event":"dead_man_armed"/g)?.length ?? 0;
}

async function isArmed(host: CanaryHost): Promise<boolean> {
  const { stdout } = await host.systemd.run("systemctl", "show", "-p", "ActiveState", "-p", "UnitFileState", GUARD);
  return stdout.includes("ActiveState=active") && stdout.includes("UnitFileState=enabled");
}
