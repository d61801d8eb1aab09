import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { BASELINE_WEIGHTS, CanaryHost, describeRequiring, requireRedis, requireSystemd } from "@qsc-tooling/testkit";
import type { MonitorDocument } from "@qsc/contract";
import { describe, expect, test } from "vitest";
import { expectBaseline } from "./support/baseline.js";
import { activated, ran, watched } from "./support/life.js";

/** Slow enough for two machines at the same time. */
const ENGINE = { kind: "scripted", rate: 40, seed: 20_261_211 } as const;
const MONITOR = ["monitor", "--window", "300", "--interval", "1s"] as const;
const DEAD_MAN = "qsc-deadman-test-engine.service";
const PATIENCE_MS = 180_000;

describeRequiring(requireSystemd(), "a working directory whose file system becomes read-only", () => {
  describeRequiring(requireRedis(), "on a real Redis", () => {
    // Each waits for most of its time.
    describe.concurrent("each on a machine of its own", () => {
      test("the watch rolls back at once, and says why; the dead-man restarts nothing, and tidies up once it can", async () => {
        await using host = await started();
        const { bootId } = await activated(host, "--watch-unit", "none");
        const monitor = host.startQsc(...MONITOR);
        await watched(host, 100);
        await remount(host, "ro");
        const document = await ran<MonitorDocument>(monitor.ended);
        expect(document).toMatchObject({ code: 2, outcome: "rollback_failed" });
        expect(document.violations.join(" ")).toMatch(
          /^watch: it cannot go on: .*EROFS.*Mount that file system writable/,
        );
        expect(document.reasons.join(" ")).toMatch(/serves its baseline again, which is proven, .*The dead-man stays/);
        expect(document.rollback?.weights.after).toEqual(BASELINE_WEIGHTS);
        expect(existsSync(host.dropIn), "the drop-in").toBe(false);
        const { bootId: served, canary } = await host.newestDecision();
        expect({ canary, isNew: served !== bootId }).toEqual({ canary: null, isNew: true });
        await looks(host, 2);
        expect((await host.newestDecision()).bootId, "the process that the watch has started").toBe(served);
        await remount(host, "rw");
        await expectTidied(host);
        await expectBaseline(host, bootId, BASELINE_WEIGHTS);
        expect((await host.newestDecision()).bootId).toBe(served);
      });

      test("without a watch, the dead-man rolls back within 120 s, and restarts the engine once", async () => {
        await using host = await started();
        const { bootId } = await activated(host, "--watch-unit", "none");
        await remount(host, "ro");
        const readOnlyMs = Date.now();
        await host.until("the baseline", async () => (await host.newestDecision()).canary === null, PATIENCE_MS);
        expect((Date.now() - readOnlyMs) / 1000).toBeLessThan(120);
        const { bootId: served } = await host.newestDecision();
        await looks(host, 2);
        expect((await host.newestDecision()).bootId, "the process that the dead-man has started").toBe(served);
        await remount(host, "rw");
        await expectTidied(host);
        await expectBaseline(host, bootId, BASELINE_WEIGHTS);
      });
    });
  });
});

/** A machine whose working directory is a mount of its own. */
async function started(): Promise<CanaryHost> {
  const host = await CanaryHost.start({ engine: ENGINE });
  await mkdir(host.workdir, { recursive: true });
  await host.systemd.run("mount", "--bind", host.workdir, host.workdir);
  return host;
}

async function remount(host: CanaryHost, mode: "ro" | "rw"): Promise<void> {
  await host.systemd.run("mount", "-o", `remount,bind,${mode}`, host.workdir);
}

/** Resolves once the dead-man has begun and ended this number of further runs that act. */
async function looks(host: CanaryHost, count: number): Promise<void> {
  const failedRun = async (): Promise<string> => {
    const { stdout } = await host.systemd.run("systemctl", "show", "-p", "InvocationID,ActiveState", DEAD_MAN);
    return stdout.includes("ActiveState=failed") ? (/InvocationID=(\w+)/.exec(stdout)?.[1] ?? "") : "";
  };
  const seen = new Set<string>();
  await host.until(
    `${count} runs of the dead-man`,
    async () => {
      const run = await failedRun();
      if (run !== "") seen.add(run);
      return seen.size > count;
    },
    PATIENCE_MS,
  );
}

async function expectTidied(host: CanaryHost): Promise<void> {
  await host.until(
    "the end of the dead-man",
    async () => {
      const { stdout } = await host.systemd.run("systemctl", "show", "-p", "LoadState", DEAD_MAN);
      return stdout.includes("not-found");
    },
    PATIENCE_MS,
  );
}
