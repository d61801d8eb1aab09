import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  describeRequiring,
  requireSystemd,
  startSystemd,
  temporaryDirectory,
  type RealSystemd,
  type TemporaryDirectory,
} from "@qsc-tooling/testkit";
import { restart } from "../../src/index.js";
import { eventually } from "./eventually.js";
import { conformance, type Subject } from "../conformance.js";

/** Runs the conformance suite on a real systemd of its own. */
export function realConformance(
  label: string,
  make: (systemd: RealSystemd) => Promise<Pick<Subject, "manager" | "units">>,
): void {
  describeRequiring(requireSystemd(), `${label}, on a real systemd`, () => {
    let systemd: RealSystemd;
    let scratch: TemporaryDirectory;
    let subject: Subject;

    beforeAll(async () => {
      systemd = await startSystemd();
      scratch = await temporaryDirectory();
      subject = { ...(await make(systemd)), scratch: scratch.path };
    });
    afterAll(async () => {
      await systemd.stop();
      await scratch.remove();
    });

    test("says where it is", () => {
      expect(subject.manager.label).toBe(label);
    });
    test("a process that KillMode=process leaves running is a leftover, but the new main process is not", async (t) => {
      const { manager, units } = subject;
      const unit = "leaves.service";
      t.onTestFinished(async () => {
        await manager.stop(unit, 10_000);
        await manager.kill(unit);
        await rm(join(units, unit));
      });
      await writeFile(
        join(units, unit),
        ["[Service]", "KillMode=process", 'ExecStart=/bin/sh -c "sleep 1000 & exec sleep 1000"', ""].join("\n"),
      );
      await manager.reload();
      await manager.start(unit, 10_000);
      expect(await manager.leftovers(unit), "of the first start").toEqual([]);
      const { mainPid } = await restart(manager, unit, { timeoutMs: 10_000 });
      const left = await manager.leftovers(unit);
      expect(left).toHaveLength(1);
      expect(left).not.toContain(mainPid);
    });
    test.each([
      ["KillMode=process", "sleep 1000 & exec sleep 1000"],
      ["KillMode=none", "exec sleep 1000"],
      ["SendSIGKILL=no", "trap '' TERM; while :; do sleep 0.1; done"],
    ])("%s: a kill ends what the stop left behind", async (rule, script) => {
      const { manager, units } = subject;
      const unit = "left.service";
      const lines = ["[Service]", rule, "TimeoutStopSec=1", `ExecStart=/bin/sh -c "${script}"`, ""];
      await writeFile(join(units, unit), lines.join("\n"));
      await manager.reload();
      try {
        await manager.start(unit, 10_000);
        expect((await manager.stop(unit, 10_000)).active).toMatch(/^(?:inactive|failed)$/);
        expect(await manager.leftovers(unit), "after the stop").not.toEqual([]);
        await manager.kill(unit);
        await eventually(async () => (await manager.leftovers(unit)).length === 0);
      } finally {
        await manager.kill(unit);
        await rm(join(units, unit));
        await manager.reload();
      }
    });
    conformance(() => subject);
  });
}
