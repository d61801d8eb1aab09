import { chmod, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { BASELINE_WEIGHTS, CanaryHost, describeRequiring, requireRedis, requireSystemd } from "@qsc-tooling/testkit";
import type { MonitorDocument, RollbackDocument } from "@qsc/contract";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectBaseline } from "./support/baseline.js";
import { activated, checksOf, ran } from "./support/life.js";

const ENGINE = { kind: "scripted", rate: 200, seed: 20_261_130 } as const;
const SYSTEMCTL = "/usr/bin/systemctl";

describeRequiring(requireSystemd(), "a systemctl whose answers do not end, or name a time that is wrong", () => {
  describeRequiring(requireRedis(), "on a real Redis", () => {
    let host: CanaryHost;

    beforeAll(async () => {
      host = await CanaryHost.start({ engine: ENGINE });
    });
    afterAll(() => host[Symbol.asyncDispose]());

    /** Does something while a script stands in systemctl's place inside; `$real` is the program itself. */
    async function withSystemctl<T>(lines: readonly string[], action: () => Promise<T>): Promise<T> {
      const home = dirname(host.workdir);
      const real = join(home, "systemctl.real");
      const script = join(home, "systemctl");
      await chmod(home, 0o755);
      await host.systemd.run("cp", SYSTEMCTL, real);
      await writeFile(script, ["#!/bin/sh", `real=${real}`, ...lines, 'exec "$real" "$@"', ""].join("\n"), {
        mode: 0o755,
      });
      await host.systemd.run("mount", "--bind", script, SYSTEMCTL);
      try {
        return await action();
      } finally {
        await host.systemd.run("umount", SYSTEMCTL);
      }
    }

    test("each leaves a process that holds its output: rollback: 0, the baseline", async () => {
      const { bootId } = await activated(host, "--watch-unit", "none");
      const document = await withSystemctl(["sleep 100000 &"], () => ran<RollbackDocument>(host.qsc("rollback")));
      expect(document).toMatchObject({ code: 0, reasons: [] });
      await expectBaseline(host, bootId, BASELINE_WEIGHTS);
    });

    test("a state without end: rollback ends the canary's process, and says what is wrong: 2; then: 0", async () => {
      const { bootId } = await activated(host, "--watch-unit", "none");
      const { stdout: pid } = await host.systemd.run("systemctl", "show", "-p", "MainPID", "--value", host.unit);
      const endless = ['case " $* " in *" show "*) exec cat /dev/zero ;; esac'];
      const document = await withSystemctl(endless, () => ran<RollbackDocument>(host.qsc("rollback")));
      expect(document).toMatchObject({ code: 2 });
      expect(document.reasons.join(" ")).toMatch(/printed without end/);
      await expect(host.systemd.run("kill", "-0", pid.trim()), "the canary's process").rejects.toThrow();
      expect(await ran<RollbackDocument>(host.qsc("rollback"))).toMatchObject({ code: 0 });
      await expectBaseline(host, bootId, BASELINE_WEIGHTS);
    });

    test("a clock that was years ahead when the canary's process started: the watch reads its decisions: 2", async () => {
      const year = new Date().getUTCFullYear();
      // From the drop-in on. Another leap year has the same days.
      const ahead = [
        `if [ -e /etc/systemd/system/${host.unit}.d/canary_weights.conf ]; then`,
        `  case " $* " in *" show "*)`,
        `    "$real" "$@" | sed 's/^\\(ExecMainStartTimestamp=.*\\)${year}-/\\1${year + 4}-/'; exit ;;`,
        "  esac",
        "fi",
      ];
      const { bootId } = await withSystemctl(ahead, () => activated(host, "--watch-unit", "none"));
      // On its way into the window, this fault reaches no other check's limit.
      await host.tell("confidence_collapse");
      const document = await ran<MonitorDocument>(host.qsc("monitor", "--window", "300", "--interval", "1s"));
      await host.tell(null);
      expect(document).toMatchObject({ code: 2, outcome: "rolled_back" });
      expect(checksOf(document), document.violations.join("\n")).toEqual(["confidence_collapse"]);
      await expectBaseline(host, bootId, BASELINE_WEIGHTS);
    });
  });
});
