import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeRequiring, requireSystemd, startSystemd, temporaryDirectory, type RealSystemd, type TemporaryDirectory } from "@qsc-tooling/testkit";
import { restart } from "../../src/index.js";
import { conformance, type Subject } from "../conformance.js";

/** Whether an adapter keeps its promises on a real systemd of its own. */
export function realConformance(label: string, make: (systemd: RealSystemd) => Promise<Pick<Subject, "manager" | "units">>): void {
  describeRequiring(requireSystemd(), `${label}, a real one`, () => {
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
    test("a process that KillMode=process leaves running is a leftover, and the new main process is none", async (t) => {
      const { manager, units } = subject;
      const unit = "leaves.service";
      t.onTestFinished(async () => {
        await manager.stop(unit, 10_000);
        for (const pid of await manager.leftovers(unit)) await systemd.run("kill", "-KILL", String(pid));
        await rm(join(units, unit));
      });
      await writeFile(join(units, unit), ["[Service]", "KillMode=process", 'ExecStart=/bin/sh -c "sleep 1000 & exec sleep 1000"', ""].join("\n"));
      await manager.reload();
      await manager.start(unit, 10_000);
      expect(await manager.leftovers(unit), "of the first start").toEqual([]);
      const { mainPid } = await restart(manager, unit, { timeoutMs: 10_000 });
      const left = await manager.leftovers(unit);
      expect(left).toHaveLength(1);
      expect(left).not.toContain(mainPid);
    });
    conformance(() => subject);
  });
}
