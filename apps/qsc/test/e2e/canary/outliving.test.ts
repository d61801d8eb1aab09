import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BASELINE_WEIGHTS, CanaryHost, describeRequiring, requireRedis, requireSystemd } from "@qsc-tooling/testkit";
import type { MonitorDocument, RollbackDocument } from "@qsc/contract";
import { afterEach, beforeEach, expect, test } from "vitest";
import { expectBaseline } from "./support/baseline.js";
import { activated, ran, watched } from "./support/life.js";

const ENGINE = { kind: "scripted", rate: 50, seed: 20_261_129 } as const;

/** Stop rules that let the engine's process survive, given to the unit after the activation. */
const RULES: readonly (readonly string[])[] = [
  ["KillMode=none"],
  ["KillMode=process", "KillSignal=SIGCONT", "SendSIGKILL=no", "TimeoutStopSec=1"],
  ["SendSIGKILL=no", "KillSignal=SIGCONT", "TimeoutStopSec=1"],
  ["TimeoutStopSec=infinity", "KillSignal=SIGCONT"],
  ["TimeoutStopSec=infinity", "ExecStop=/bin/sleep infinity"],
];

describeRequiring(requireSystemd(), "a unit whose stop rules were changed while it served a canary", () => {
  describeRequiring(requireRedis(), "on a real Redis", () => {
    let host: CanaryHost;

    beforeEach(async () => {
      host = await CanaryHost.start({ engine: ENGINE });
    });
    afterEach(() => host[Symbol.asyncDispose]());

    async function rule(lines: readonly string[]): Promise<void> {
      const directory = join(host.systemd.unitDirectory, `${host.unit}.d`);
      await mkdir(directory, { recursive: true });
      await writeFile(join(directory, "rules.conf"), ["[Service]", ...lines, ""].join("\n"));
      await host.systemd.run("systemctl", "daemon-reload");
    }

    /** The serving process, as a check that it is gone. */
    async function serving(): Promise<{ readonly isGone: () => Promise<boolean> }> {
      const { stdout } = await host.systemd.run("systemctl", "show", "-p", "MainPID", "--value", host.unit);
      const pid = stdout.trim();
      return {
        isGone: () =>
          host.systemd.run("kill", "-0", pid).then(
            () => false,
            () => true,
          ),
      };
    }

    async function rulesAreGone(): Promise<void> {
      await rm(join(host.systemd.unitDirectory, `${host.unit}.d`, "rules.conf"));
      await host.systemd.run("systemctl", "daemon-reload");
    }

    test.each(RULES.map((lines) => [lines.join(", "), lines] as const))(
      "%s: rollback still ends the canary's process: 0",
      async (_, lines) => {
        const { bootId } = await activated(host, "--watch-unit", "none");
        const canary = await serving();
        await rule(lines);
        const document = await ran<RollbackDocument>(host.qsc("rollback"));
        expect(document).toMatchObject({ code: 0, reasons: [] });
        expect(await canary.isGone()).toBe(true);
        await rulesAreGone();
        await expectBaseline(host, bootId, BASELINE_WEIGHTS);
      },
    );

    test("the watch sees it, says which rule it is, and rolls back: 2, the baseline", async () => {
      const { bootId } = await activated(host);
      const canary = await serving();
      const monitor = host.startQsc("monitor", "--window", "300", "--interval", "1s");
      await watched(host, 1);
      await rule(["KillMode=none"]);
      const document = await ran<MonitorDocument>(monitor.ended);
      expect(document).toMatchObject({ code: 2, outcome: "rolled_back" });
      expect(document.violations.join(" ")).toMatch(
        /^rights: for 15 s .* KillMode=none leaves processes of it running after a stop/,
      );
      expect(await canary.isGone()).toBe(true);
      await rulesAreGone();
      await expectBaseline(host, bootId, BASELINE_WEIGHTS);
    });

    test("without the tool, the dead-man's own last resort ends it, too", async () => {
      await activated(host, "--watch-unit", "none");
      const canary = await serving();
      await rule(["KillMode=none"]);
      await writeFile(join(host.workdir, "data", "qsc_canary_settings.json"), "{");
      await writeFile(join(host.workdir, "data", "qsc_canary_lease"), `${"none 1".padEnd(79)}\n`);
      await host.until(
        "a decision without the canary",
        async () => (await host.newestDecision()).canary === null,
        120_000,
      );
      expect(await canary.isGone()).toBe(true);
      expect(existsSync(host.dropIn)).toBe(false);
      expect((await host.newestDecision()).weights).toEqual(BASELINE_WEIGHTS);
    });
  });
});
