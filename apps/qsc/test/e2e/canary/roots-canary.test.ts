import { existsSync } from "node:fs";
import { chmod, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { InitDocument, RollbackDocument, StatusDocument } from "@qsc/contract";
import {
  BASELINE_WEIGHTS,
  CanaryHost,
  describeRequiring,
  requirePolkit,
  requireRedis,
  requireSystemd,
  startPolkit,
} from "@qsc-tooling/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { activated, ran, stateOf, watched } from "./support/life.js";

const USER = "nobody";
const GUARD = "qsc-deadman-test-engine";
const FALLBACK = "qsc-fallback-test-engine";
/** The violated or unwatched canary is gone within this time, in seconds. */
const PROMISE_SECONDS = 120;

describeRequiring(requireSystemd(), "root acts where qsc init has installed another user", () => {
  describeRequiring(requirePolkit(), "with a real polkit", () => {
    describeRequiring(requireRedis(), "on a real Redis", () => {
      let host: CanaryHost;
      const installed: string[] = [];

      beforeAll(async () => {
        host = await CanaryHost.start({ engine: { kind: "scripted", rate: 100, seed: 20_261_130 } });
        await chmod(dirname(host.workdir), 0o755);
        await startPolkit(host.systemd);
        expect(await ran<InitDocument>(host.qsc("init", "--user", USER))).toMatchObject({ code: 0, reasons: [] });
        installed.push(await guardText());
      });
      afterAll(() => host[Symbol.asyncDispose]());

      const guardText = (): Promise<string> => readFile(join(host.systemd.unitDirectory, `${GUARD}.service`), "utf8");

      /** Nothing of the canary is left, which is proven and in the log, and the installation is as it was. */
      async function expectRestored(): Promise<void> {
        await host.until("the proof", async () => (await stateOf(host))?.phase === "baseline");
        await host.until("the end of the dead-man", async () => {
          const { stdout } = await host.systemd.run(
            "systemctl",
            "show",
            "--value",
            "-p",
            "ActiveState",
            `${GUARD}.timer`,
          );
          return stdout.trim() === "inactive";
        });
        expect(existsSync(host.dropIn), "the drop-in").toBe(false);
        expect((await host.newestDecision()).weights).toEqual(BASELINE_WEIGHTS);
        expect(await ran<StatusDocument>(host.qsc("status"))).toMatchObject({
          code: 0,
          phase: "baseline",
          reasons: [],
          lastAudit: { event: "rollback" },
        });
        expect([await guardText()], "the installed dead-man").toEqual(installed);
      }

      test("its watch is killed: rolled back within 120 s, proven and logged by the installed dead-man", async () => {
        await activated(host, "--watch-unit", "none");
        const running = host.startQsc("monitor");
        await watched(host, 1);
        await host.signal(running, "KILL");
        await running.ended;
        const killed = performance.now();
        await host.until("the baseline", async () => (await host.newestDecision()).canary === null);
        const seconds = (performance.now() - killed) / 1000;
        console.log(`the canary was gone after ${seconds.toFixed(1)} s`);
        expect(seconds).toBeLessThan(PROMISE_SECONDS);
        await expectRestored();
      });

      test("a promoted canary whose rollback was noted beside the drop-in: root's fallback ends it if the dead-man does not", async () => {
        await activated(host, "--watch-unit", "none");
        await host.systemd.run("systemctl", "stop", `${GUARD}.timer`);
        // What a rollback leaves that is killed on a disk that became read-only after the promotion.
        await writeFile(join(host.workdir, "data/qsc_canary_lease"), `${"promoted 5".padEnd(79)}\n`);
        await symlink("promoted 5", join(dirname(host.dropIn), ".qsc-reopened"));
        const noted = performance.now();
        await host.until("the baseline", async () => (await host.newestDecision()).canary === null);
        const seconds = (performance.now() - noted) / 1000;
        console.log(`the canary was gone after ${seconds.toFixed(1)} s`);
        expect(seconds).toBeLessThan(PROMISE_SECONDS);
        const { stdout } = await host.systemd.run("journalctl", "--no-pager", "-o", "cat", "-u", `${FALLBACK}.service`);
        expect(stdout).toMatch(/The rollback of the promoted canary of test-engine\.service began at least 20 s ago/);
        expect(await ran<RollbackDocument>(host.qsc("rollback"))).toMatchObject({ code: 0, reasons: [] });
        await expectRestored();
      });

      test("its rollback leaves the installed dead-man as it is", async () => {
        await activated(host, "--watch-unit", "none");
        expect(await ran<RollbackDocument>(host.qsc("rollback"))).toMatchObject({ code: 0, reasons: [] });
        await expectRestored();
      });
    });
  });
});
