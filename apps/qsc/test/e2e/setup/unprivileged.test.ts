import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type {
  ActivateDocument,
  AuditEntry,
  CanaryState,
  CutoverDocument,
  InitDocument,
  OperationDocument,
  PreflightDocument,
  RollbackDocument,
  StatusDocument,
} from "@qsc/contract";
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
import { afterAll, beforeAll, expect, test } from "vitest";

const QSC = join(repositoryRoot, "apps/qsc/bin/qsc.js");
const USER = "nobody";
const MODEL = "patchtst";
const MONITOR = "qsc-monitor-test-engine.service";
const GUARD = "qsc-deadman-test-engine";
const FALLBACK = "qsc-fallback-test-engine";

/** How a command of the user ended. */
interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

describeRequiring(requireSystemd(), "a user with only the rights that qsc init has granted", () => {
  describeRequiring(requirePolkit(), "by a real polkit", () => {
    describeRequiring(requireRedis(), "on a real Redis", () => {
      let host: CanaryHost;
      beforeAll(async () => {
        host = await CanaryHost.start({ engine: { kind: "scripted", rate: 100, seed: 11 } });
        await chmod(dirname(host.workdir), 0o755);
        await startPolkit(host.systemd);
        // What systemd-tmpfiles does on a whole system.
        await host.systemd.run("chgrp", "-R", "systemd-journal", "/run/log/journal");
      });
      afterAll(() => host[Symbol.asyncDispose]());

      /** Runs a command inside as the user. */
      async function as(...command: readonly string[]): Promise<Ended> {
        const [program = "", ...args] = [
          ...host.systemd.prefix,
          "setpriv",
          `--reuid=${USER}`,
          "--regid=nogroup",
          "--groups=systemd-journal",
          "--",
          ...command,
        ];
        return await promisify(execFile)(program, args, { maxBuffer: 1e8 }).then(
          (printed) => ({ code: 0, ...printed }),
          (error: unknown) => error as Ended,
        );
      }

      /** Runs `qsc --json` as the user. */
      async function qsc<T extends OperationDocument>(
        ...args: readonly string[]
      ): Promise<T & { readonly code: number }> {
        const { code, stdout, stderr } = await as(
          process.execPath,
          QSC,
          ...args,
          "--json",
          "--config",
          join(host.workdir, "qsc.config.yaml"),
        );
        if (stdout === "") throw new Error(`qsc ${args.join(" ")} printed no document: ${stderr}`);
        return { ...(JSON.parse(stdout) as T), code };
      }

      async function activate(...options: readonly string[]): Promise<ActivateDocument & { readonly code: number }> {
        const { cutover } = await qsc<CutoverDocument>("cutover");
        await host.until(
          "200 decisions",
          async () =>
            (await host.client.xrange(host.stream, Date.parse(String(cutover)), "+", "COUNT", 200)).length === 200,
        );
        return qsc<ActivateDocument>("activate", "--model", MODEL, "--cutover", String(cutover), ...options);
      }

      async function state(): Promise<CanaryState> {
        return JSON.parse(await readFile(join(host.workdir, "data/qsc_canary_state.json"), "utf8")) as CanaryState;
      }

      async function show(unit: string, property: string): Promise<string> {
        return (await host.systemd.run("systemctl", "show", "--value", "-p", property, unit)).stdout.trim();
      }

      async function expectBaseline(): Promise<void> {
        expect(existsSync(host.dropIn), "the drop-in").toBe(false);
        expect(await show(host.unit, "Environment")).not.toContain("CANARY");
        expect(await show(`${GUARD}.timer`, "ActiveState")).toBe("inactive");
        expect(existsSync(join(host.systemd.unitDirectory, `${GUARD}.timer`)), "the installed dead-man").toBe(true);
        expect(await qsc<StatusDocument>("status")).toMatchObject({ code: 0, phase: "baseline", reasons: [] });
      }

      test("before qsc init, the user may not even restart the engine", async () => {
        expect(await as("systemctl", "--no-ask-password", "restart", host.unit)).toMatchObject({
          code: 1,
          stderr: expect.stringContaining("authentication required") as unknown,
        });
      });

      test("init, by root: 0", async () => {
        const run = await host.qsc("init", "--user", USER);
        expect({ ...(JSON.parse(run.out) as InitDocument), code: run.code, err: run.err }).toMatchObject({
          code: 0,
          reasons: [],
          warnings: [],
        });
        // A shorter patience than the shipped one: the watch shows life every 5 s, and has 10 s more on a busy machine.
        await mkdir(join(host.systemd.unitDirectory, `${MONITOR}.d`));
        await writeFile(
          join(host.systemd.unitDirectory, `${MONITOR}.d`, "patience.conf"),
          "[Service]\nWatchdogSec=15\n",
        );
        const owner = (await stat(dirname(host.dropIn))).uid;
        expect(owner, "the owner of the drop-in directory").toBe((await stat(join(host.workdir, "data"))).uid);
        expect(owner).not.toBe(0);
      });

      test("preflight finds the rights and the dead-man", async () => {
        const { steps, reasons } = await qsc<PreflightDocument>("preflight", "--repo", "none");
        const outcomes = Object.fromEntries(steps.map(({ name, outcome }) => [name, outcome]));
        expect(outcomes, reasons.join("\n")).toMatchObject({
          rights: "done",
          "dead-man": "done",
          "drop-in directory": "done",
          "working directory": "done",
          journal: "done",
          weights: "done",
        });
      });

      test("nothing else is granted", async () => {
        const refused = [
          ["restart", "polkit.service"],
          ["mask", host.unit],
          ["kill", "polkit.service"],
          ["enable", host.unit],
          ["set-property", host.unit, "CPUQuota=1%"],
        ];
        for (const args of refused)
          expect(await as("systemctl", "--no-ask-password", ...args), args.join(" ")).toMatchObject({ code: 1 });
        expect((await as("touch", join(host.systemd.unitDirectory, "evil.service"))).code).not.toBe(0);
      });

      test("activate: 0, and the unit that watches becomes active once it does", async () => {
        const document = await activate("--duration", "1h");
        expect(document).toMatchObject({ code: 0, reasons: [] });
        expect(document.steps.at(-1)).toMatchObject({ name: "watch started", outcome: "done", detail: MONITOR });
        expect(await show(MONITOR, "ActiveState")).toBe("active");
        expect(await show(MONITOR, "User")).toBe(USER);
        expect(await show(MONITOR, "StatusText")).toMatch(/^canary: .* of 1 h, \d+ judgements?, \d+ events?; /);
        expect(await show(`${GUARD}.timer`, "ActiveState")).toBe("active");
      });

      test("a hanging watch is killed, restarted, and continues with its counts", async () => {
        const pid = await show(MONITOR, "MainPID");
        const before = (await state()).watch;
        await host.systemd.signal(MONITOR, "STOP");
        await host.until("another process", async () => !["0", pid].includes(await show(MONITOR, "MainPID")));
        await host.until("the watch", async () => (await show(MONITOR, "ActiveState")) === "active");
        expect(await show(MONITOR, "NRestarts")).toBe("1");
        await host.until(
          "a judgement more",
          async () => ((await state()).watch?.judgements ?? 0) > (before?.judgements ?? 0),
        );
        const after = await state();
        expect(after).toMatchObject({
          phase: "canary",
          watch: { startedAt: before?.startedAt, cutover: before?.cutover },
        });
        expect(after.watch?.events, "events").toBeGreaterThanOrEqual(before?.events ?? 0);
        expect(after.watch?.watchedMs, "time under watch").toBeGreaterThan(before?.watchedMs ?? 0);
      });

      test("rollback: 0, and the installation stays for the next canary", async () => {
        expect(await qsc<RollbackDocument>("rollback")).toMatchObject({ code: 0, reasons: [] });
        await expectBaseline();
      });

      test("a violation is rolled back by the unit that watches", async () => {
        expect(await activate()).toMatchObject({ code: 0, reasons: [] });
        await host.tell("constant_output");
        await host.until("the baseline", async () => (await state()).phase === "baseline");
        await host.until("the end of the watch", async () => (await show(MONITOR, "ActiveState")) === "failed");
        expect(await show(MONITOR, "ExecMainStatus")).toBe("2");
        await host.tell(null);
        await expectBaseline();
      });

      test("the dead-man rolls back as the user, too", async () => {
        expect(await activate("--watch-unit", "none")).toMatchObject({ code: 0, reasons: [] });
        const lease = join(host.workdir, "data/qsc_canary_lease");
        const [boot = ""] = (await readFile(lease, "utf8")).split(" ");
        await writeFile(lease, `${`${boot} 1`.padEnd(79)}\n`);
        expect(await show(`${GUARD}.service`, "User")).toBe(USER);
        await as("systemctl", "--no-ask-password", "start", `${GUARD}.service`);
        await expectBaseline();
      });

      test("without the tool, the dead-man's own last resort works as the user, too", async () => {
        expect(await activate("--watch-unit", "none")).toMatchObject({ code: 0, reasons: [] });
        await writeFile(join(host.workdir, "data/qsc_canary_settings.json"), "{");
        const lease = join(host.workdir, "data/qsc_canary_lease");
        await writeFile(lease, `${"none 1".padEnd(79)}\n`);
        await as("systemctl", "--no-ask-password", "start", `${GUARD}.service`);
        expect(existsSync(host.dropIn), "the drop-in").toBe(false);
        expect(await show(host.unit, "Environment")).not.toContain("CANARY");
        expect(await qsc<RollbackDocument>("rollback")).toMatchObject({ code: 0, reasons: [] });
        await expectBaseline();
      });

      /** Sends a signal to polkit and to the bus, through which it is asked. In here are no other processes of that name. */
      const signalBus = (name: "STOP" | "CONT"): Promise<unknown> =>
        host.systemd.run("pkill", `-${name}`, "-x", "polkitd|dbus-daemon");

      /** Watched canaries whose user loses its rights: what it loses, how, and how it gets that back. */
      const LOSSES: readonly (readonly [string, () => Promise<unknown>, () => Promise<unknown>])[] = [
        [
          "polkit is stopped and masked",
          async () => {
            // A run-time mask has lower priority than the unit's own file here.
            await rename(
              join(host.systemd.unitDirectory, "polkit.service"),
              join(host.systemd.directory, "polkit.service"),
            );
            await symlink("/dev/null", join(host.systemd.unitDirectory, "polkit.service"));
            await host.systemd.run("systemctl", "daemon-reload");
            await host.systemd.run("systemctl", "stop", "polkit.service");
          },
          async () => {
            await rename(
              join(host.systemd.directory, "polkit.service"),
              join(host.systemd.unitDirectory, "polkit.service"),
            );
            await host.systemd.run("systemctl", "daemon-reload");
            await host.systemd.run("systemctl", "start", "polkit.service");
          },
        ],
        ["polkit and the bus are frozen", () => signalBus("STOP"), () => signalBus("CONT")],
        [
          "the drop-in directory is root's again, and the unit's stop leaves its processes",
          async () => {
            await host.systemd.run("chown", "root:root", dirname(host.dropIn));
            await writeFile(
              join(host.systemd.unitDirectory, `${host.unit}.d`, "rules.conf"),
              "[Service]\nKillMode=none\n",
            );
            await host.systemd.run("systemctl", "daemon-reload");
          },
          async () => {
            await rm(join(host.systemd.unitDirectory, `${host.unit}.d`, "rules.conf"));
            await host.systemd.run("systemctl", "daemon-reload");
            await host.systemd.run("chown", USER, dirname(host.dropIn));
          },
        ],
      ];

      test.each(LOSSES)(
        "%s: the watch sees it, and root's fallback has removed the canary within 120 s",
        async (_, lose, regain) => {
          expect(await activate("--duration", "1h")).toMatchObject({ code: 0, reasons: [] });
          await host.until("a judgement", async () => ((await state()).watch?.judgements ?? 0) > 0);
          const canaryPid = await show(host.unit, "MainPID");
          await lose();
          const lostMs = Date.now();
          try {
            await host.until(
              "a decision without the canary",
              async () => (await host.newestDecision()).canary === null,
              180_000,
            );
            const { id, weights } = await host.newestDecision();
            const seconds = (Number(id.split("-")[0]) - lostMs) / 1000;
            console.log(`the canary was gone after ${seconds.toFixed(1)} s`);
            expect(seconds).toBeLessThan(120);
            expect(weights).toEqual(BASELINE_WEIGHTS);
            expect(existsSync(host.dropIn), "the drop-in").toBe(false);
            await expect(host.systemd.run("kill", "-0", canaryPid), "the canary's process").rejects.toThrow();
          } finally {
            await regain();
          }
          const { stdout } = await host.systemd.run(
            "journalctl",
            "--no-pager",
            "-o",
            "cat",
            "-u",
            `${FALLBACK}.service`,
          );
          expect(stdout).toMatch(/The lease of the canary of test-engine\.service ran out 20 s ago, and /);
          expect(stdout, "no line for runs that did nothing").not.toMatch(/Starting|Finished|Deactivated/);
          // The dead-man proves the rest on its own.
          await host.until("the proof", async () => (await state()).phase === "baseline", 120_000);
          await host.until(
            "the end of the dead-man",
            async () => (await show(`${GUARD}.timer`, "ActiveState")) === "inactive",
          );
          const log = (await readFile(join(host.workdir, "logs/qsc_canary.jsonl"), "utf8"))
            .trim()
            .split("\n")
            .map((line) => JSON.parse(line) as AuditEntry);
          expect(
            log.find(
              ({ event, details }) =>
                event === "rollback_failed" && String(details["reason"]).startsWith("rights: for 15 s"),
            ),
            "the audit log",
          ).toBeDefined();
          await expectBaseline();
        },
      );

      test("without its fallback a user cannot have a canary: preflight and activate exit with 2", async () => {
        await host.systemd.run("systemctl", "stop", `${FALLBACK}.timer`);
        const preflight = await qsc<PreflightDocument>("preflight", "--repo", "none");
        const activation = await activate();
        await host.systemd.run("systemctl", "start", `${FALLBACK}.timer`);
        for (const { code, reasons } of [preflight, activation]) {
          expect(code).toBe(2);
          expect(reasons.join("\n")).toMatch(
            /qsc-fallback-test-engine\.timer does not run: .* Run qsc init --user nobody as root\./,
          );
        }
        await expectBaseline();
      });

      test("after a reboot without a canary the enabled dead-man rests", async () => {
        await host.reboot();
        await host.until("the timers", async () => (await show("timers.target", "ActiveState")) === "active");
        expect(await show(`${GUARD}.timer`, "UnitFileState")).toBe("enabled");
        expect(await show(`${GUARD}.timer`, "ActiveState")).toBe("inactive");
        expect(await show(`${GUARD}.timer`, "ConditionResult")).toBe("no");
        expect(await show(`${FALLBACK}.timer`, "ActiveState"), "the fallback").toBe("active");
      });
    });
  });
});
