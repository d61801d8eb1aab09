import { existsSync } from "node:fs";
import { copyFile, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { BASELINE_WEIGHTS, CanaryHost, describeRequiring, requireRedis, requireSystemd } from "@qsc-tooling/testkit";
import type { ActivateDocument, CanaryState, MonitorDocument, RollbackDocument, StatusDocument } from "@qsc/contract";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectBaseline, expectNoTrace, guardsOf } from "./support/baseline.js";
import { activated, cutoverWithEnough, MODEL, ran } from "./support/life.js";

const ENGINE = { kind: "scripted", rate: 200, seed: 20_260_113 } as const;

describeRequiring(requireSystemd(), "trouble with the unit and its files", () => {
  describeRequiring(requireRedis(), "on a real Redis", () => {
    let host: CanaryHost;
    /** This number of the next starts fails. */
    const failures = (): string => join(dirname(host.workdir), "failures");

    beforeAll(async () => {
      host = await CanaryHost.start({ engine: ENGINE });
      const script = `n=$$(cat ${failures()} 2>/dev/null || echo 0); [ "$$n" -gt 0 ] || exit 0; echo $$((n - 1)) > ${failures()}; exit 1`;
      await host.install(ENGINE, [`ExecStartPre=/bin/sh -c '${script}'`]);
    });
    afterAll(() => host[Symbol.asyncDispose]());

    test("a restart that fails twice is retried: 0", async () => {
      const { bootId } = await activated(host);
      await writeFile(failures(), "2\n");
      const document = await ran<RollbackDocument>(host.qsc("rollback"));
      expect(document).toMatchObject({ code: 0, reasons: [] });
      expect(document.steps.filter(({ name }) => name === "restart").map(({ outcome }) => outcome)).toEqual([
        "failed",
        "failed",
        "done",
      ]);
      await expectBaseline(host, bootId, BASELINE_WEIGHTS);
    });

    test("an activation whose restart fails too often is undone by the start that works: 2, the baseline", async () => {
      const cutover = await cutoverWithEnough(host);
      await writeFile(failures(), "4\n");
      const document = await ran<ActivateDocument>(host.qsc("activate", "--model", MODEL, "--cutover", cutover));
      expect(document).toMatchObject({ code: 2, cutover: null });
      expect(document.reasons, "one reason: it was undone").toHaveLength(1);
      expect(document.reasons.join(" ")).toMatch(/did not (?:start and )?stay/);
      await expectBaseline(host, "", BASELINE_WEIGHTS);
    });

    test("a unit that no longer starts: 2, with the dead-man still armed; once it starts: 0", async () => {
      const { bootId } = await activated(host);
      await writeFile(failures(), "1000\n");
      const failed = await ran<RollbackDocument>(host.qsc("rollback"));
      expect(failed).toMatchObject({ code: 2 });
      expect(existsSync(host.dropIn), "the drop-in").toBe(false);
      expect(await guardsOf(host)).not.toEqual([]);
      expect(await ran<StatusDocument>(host.qsc("status"))).toMatchObject({ code: 2, phase: "rolling_back" });
      await rm(failures());
      expect(await ran<RollbackDocument>(host.qsc("rollback"))).toMatchObject({ code: 0 });
      await expectBaseline(host, bootId, BASELINE_WEIGHTS);
    });

    test("a masked unit: 2, naming it; unmasked: 0", async () => {
      const { bootId } = await activated(host);
      const path = join(host.systemd.unitDirectory, host.unit);
      await rename(path, `${path}.aside`);
      await symlink("/dev/null", path);
      await host.systemd.run("systemctl", "daemon-reload");
      try {
        const masked = await ran<RollbackDocument>(host.qsc("rollback"));
        expect(masked).toMatchObject({ code: 2 });
        expect(masked.reasons.join(" ")).toMatch(/is masked/);
      } finally {
        await rename(`${path}.aside`, path);
        await host.systemd.run("systemctl", "daemon-reload");
      }
      expect(await ran<RollbackDocument>(host.qsc("rollback"))).toMatchObject({ code: 0 });
      await expectBaseline(host, bootId, BASELINE_WEIGHTS);
    });

    test("a unit that has hit its start limit: 0", async () => {
      const { bootId } = await activated(host);
      await host.until("the start limit", async () => {
        await host.systemd.run("systemctl", "restart", host.unit).catch(() => undefined);
        return (await host.systemd.run("systemctl", "show", "-p", "Result", host.unit)).stdout.includes(
          "start-limit-hit",
        );
      });
      expect(await ran<RollbackDocument>(host.qsc("rollback"))).toMatchObject({ code: 0, reasons: [] });
      await expectBaseline(host, bootId, BASELINE_WEIGHTS);
    });

    test("a drop-in directory that cannot be written to: the activation is refused before anything is done: 2", async () => {
      const cutover = await cutoverWithEnough(host);
      const { code, out } = await withReadOnlyDropIns(host, () =>
        host.qsc("activate", "--model", MODEL, "--cutover", cutover),
      );
      expect(code).toBe(2);
      expect(out).toMatch(/Cannot open the lock .*read-only file system/);
      await expectBaseline(host, "", BASELINE_WEIGHTS);
    });

    test("no unit of that name: cutover, activate and rollback say so: 2", async () => {
      const cutover = await cutoverWithEnough(host);
      for (const args of [["cutover"], ["activate", "--model", MODEL, "--cutover", cutover], ["rollback"]]) {
        const { stdout } = await host.systemd.run("find", host.systemd.unitDirectory, "-type", "f");
        const document = await ran<RollbackDocument>(host.qscWith({ unit: "no-such.service" }, ...args));
        expect(document).toMatchObject({ code: 2, unit: "no-such.service" });
        expect(document.reasons.join(" ")).toMatch(/no-such\.service/);
        expect((await host.systemd.run("find", host.systemd.unitDirectory, "-type", "f")).stdout).toBe(stdout);
      }
    });

    test("a drop-in that cannot be removed: the canary's process ends and no other is started: 2; once it can be: 0", async () => {
      const { bootId } = await activated(host);
      const document = await withReadOnlyDropIns(host, async () => {
        const failed = await ran<RollbackDocument>(host.qsc("rollback"));
        expect(await withoutProcess(host), "after the rollback").toBe(true);
        await deadManLooks(host);
        expect(await withoutProcess(host), "after the dead-man's look").toBe(true);
        return failed;
      });
      expect(document).toMatchObject({ code: 2, weights: { after: null } });
      expect(document.reasons.join(" ")).toMatch(/read-only file system.* stays stopped until its drop-in is removed/);
      expect(await guardsOf(host)).not.toEqual([]);
      expect(await ran<RollbackDocument>(host.qsc("rollback"))).toMatchObject({ code: 0 });
      await expectBaseline(host, bootId, BASELINE_WEIGHTS);
    });

    test("the canary's variables are also in another drop-in: its process ends and no other is started: 2; once they are gone: 0", async () => {
      const { bootId } = await activated(host);
      const other = join(dirname(host.dropIn), "zz.conf");
      await copyFile(host.dropIn, other);
      await host.systemd.run("systemctl", "daemon-reload");
      const document = await ran<RollbackDocument>(host.qsc("rollback"));
      expect(document).toMatchObject({ code: 2, weights: { after: null } });
      expect(document.reasons.join(" ")).toMatch(
        /still has QSC_CANARY_MODEL, .*zz\.conf; remove it there.* stays stopped/,
      );
      expect(await withoutProcess(host), "after the rollback").toBe(true);
      await deadManLooks(host);
      expect(await withoutProcess(host), "after the dead-man's look").toBe(true);
      await rm(other);
      expect(await ran<RollbackDocument>(host.qsc("rollback"))).toMatchObject({ code: 0 });
      await expectBaseline(host, bootId, BASELINE_WEIGHTS);
    });

    test("an engine that ignores the drop-in: the activation is undone: 2", async () => {
      const text = await readFile(join(host.systemd.unitDirectory, host.unit), "utf8");
      await host.install({ ...ENGINE, ignoresDropIn: true });
      try {
        const cutover = await cutoverWithEnough(host);
        const document = await ran<ActivateDocument>(host.qsc("activate", "--model", MODEL, "--cutover", cutover));
        expect(document).toMatchObject({ code: 2, cutover: null });
        expect(document.reasons.join(" ")).toMatch(/ the engine serves xgboost 0\.3, .*, not xgboost 0\.3375/);
        await expectBaseline(host, "", BASELINE_WEIGHTS);
      } finally {
        await writeFile(join(host.systemd.unitDirectory, host.unit), text);
        await host.systemd.run("systemctl", "daemon-reload");
        await host.systemd.run("systemctl", "restart", host.unit);
      }
    });
  });

  describeRequiring(requireRedis(), "a disk that is full", () => {
    let host: CanaryHost;
    const fill = (): Promise<unknown> =>
      host.systemd.run(
        "/bin/sh",
        "-c",
        `dd if=/dev/zero of=${host.workdir}/fill bs=4k 2>/dev/null; dd if=/dev/zero of=${host.workdir}/fill bs=1 oflag=append conv=notrunc 2>/dev/null; true`,
      );
    const free = (): Promise<unknown> => host.systemd.run("rm", "-f", `${host.workdir}/fill`);

    beforeAll(async () => {
      host = await CanaryHost.start({ engine: ENGINE });
      await host.systemd.run("mkdir", host.workdir);
      // In the mount namespace of that systemd: gone with it.
      await host.systemd.run("mount", "-t", "tmpfs", "-o", "size=2m,mode=755", "tmpfs", host.workdir);
    });
    afterAll(() => host[Symbol.asyncDispose]());

    test("an activation is refused, and nothing changes", async () => {
      const cutover = await cutoverWithEnough(host);
      const { bootId } = await host.newestDecision();
      await fill();
      const document = await host.qsc("activate", "--model", MODEL, "--cutover", cutover);
      await free();
      expect(document.code, document.out).not.toBe(0);
      expect(document.out).toMatch(/ENOSPC|no space/);
      await expectNoTrace(host);
      expect((await host.newestDecision()).bootId).toBe(bootId);
    });

    test("a violation on a full disk is rolled back: 2, and no trace is left", async () => {
      const { bootId } = await activated(host);
      const { ended } = host.startQsc("monitor", "--interval", "1s");
      await host.until("a judgement", async () => ((await inside(host)).watch?.judgements ?? 0) > 0);
      await fill();
      await host.tell("unknown_label");
      const document = await ran<MonitorDocument>(ended);
      await host.tell(null);
      expect(document).toMatchObject({ code: 2, outcome: "rolled_back" });
      expect(document.warnings.join(" ")).toMatch(/ENOSPC|no space/);
      await expectNoTrace(host);
      const decision = await host.newestDecision();
      expect(decision.bootId).not.toBe(bootId);
      expect(decision.weights).toEqual(BASELINE_WEIGHTS);
      await free();
      // The next rollback makes up for what could not be recorded.
      expect(await ran<RollbackDocument>(host.qsc("rollback"))).toMatchObject({ code: 0 });
      expect(await ran<StatusDocument>(host.qsc("status"))).toMatchObject({ code: 0, phase: "baseline" });
    });

    test("an operator's rollback on a full disk: 0, and no trace is left", async () => {
      const { bootId } = await activated(host);
      await fill();
      const document = await ran<RollbackDocument>(host.qsc("rollback"));
      expect(document).toMatchObject({ code: 0, reasons: [] });
      await expectNoTrace(host);
      const decision = await host.newestDecision();
      expect(decision.bootId).not.toBe(bootId);
      expect(decision.weights).toEqual(BASELINE_WEIGHTS);
      await free();
    });
  });
});

/** Does something while the directory of the unit's drop-ins is read-only, for everything inside that systemd. */
async function withReadOnlyDropIns<T>(host: CanaryHost, action: () => Promise<T>): Promise<T> {
  const directory = `/etc/systemd/system/${host.unit}.d`;
  await host.systemd.run("mkdir", "-p", directory);
  await host.systemd.run("mount", "--bind", directory, directory);
  try {
    await host.systemd.run("mount", "-o", "remount,bind,ro", directory);
    return await action();
  } finally {
    await host.systemd.run("umount", directory);
  }
}

/** Whether no process of the unit runs. */
async function withoutProcess(host: CanaryHost): Promise<boolean> {
  const { stdout } = await host.systemd.run("systemctl", "show", "-p", "MainPID", "-p", "ControlGroup", host.unit);
  return stdout.includes("MainPID=0\n") && stdout.includes("ControlGroup=\n");
}

/** Makes the dead-man run once, to its end. It fails, as it has to here. */
async function deadManLooks(host: CanaryHost): Promise<void> {
  await expect(host.systemd.run("systemctl", "start", "qsc-deadman-test-engine.service")).rejects.toThrow();
}

/** The state file of a working directory that is mounted only inside. */
async function inside(host: CanaryHost): Promise<CanaryState> {
  const { stdout } = await host.systemd.run("cat", join(host.workdir, "data", "qsc_canary_state.json"));
  return JSON.parse(stdout) as CanaryState;
}
