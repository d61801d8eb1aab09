import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { stat, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  BASELINE_WEIGHTS,
  CanaryHost,
  describeRequiring,
  requireRedis,
  requireSystemd,
  type RunningQsc,
} from "@qsc-tooling/testkit";
import type { ActivateDocument, MonitorDocument, RollbackDocument, StatusDocument } from "@qsc/contract";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectBaseline } from "./support/baseline.js";
import { activated, cutoverWithEnough, MODEL, ran, refusal, stateOf, watched } from "./support/life.js";

const ENGINE = { kind: "scripted", rate: 200, seed: 20_260_117 } as const;
/** The ID of the Unix user `nobody`, who has no rights here. */
const STRANGER_ID = "65534";
/**
 * Binds the abstract names that older versions used as locks, answers one byte every 0.3 s or without end, and locks
 * every file beside the unit's drop-ins that it can open.
 */
const STRANGER = `
  import { createHash } from "node:crypto";
  import { openSync, readdirSync, statSync } from "node:fs";
  import { spawnSync } from "node:child_process";
  import { createServer } from "node:net";
  import { dirname, join } from "node:path";
  const [directory, unit, floods] = process.argv.slice(1);
  const { dev, ino } = statSync(dirname(directory), { bigint: true });
  const answer = (asking) => {
    asking.on("error", () => undefined);
    if (floods === "yes") { const more = () => { while (asking.write("x".repeat(65536))); asking.once("drain", more); }; more(); }
    else { const timer = setInterval(() => asking.write("x"), 300); asking.on("close", () => clearInterval(timer)); }
  };
  for (const deed of ["acts on", "watches"]) {
    const hash = createHash("sha256").update(dev + ":" + ino + "\\0" + deed + " " + unit + " (systemd (system))").digest("hex");
    await new Promise((resolve, reject) => createServer(answer).on("error", reject).listen("\\0qsc-" + hash, resolve));
  }
  for (const file of [".", ...readdirSync(directory)]) {
    try { spawnSync("flock", ["-n", "3"], { stdio: ["ignore", "ignore", "ignore", openSync(join(directory, file))] }); } catch {}
  }
  process.stdout.write("held");
  setInterval(() => undefined, 1000);
`;

describeRequiring(requireSystemd(), "a command that other users of the host try to delay", () => {
  describeRequiring(requireRedis(), "on a real Redis", () => {
    let host: CanaryHost;
    const strangers = new Set<ChildProcess>();
    beforeAll(async () => {
      host = await CanaryHost.start({ engine: ENGINE });
    });
    afterAll(async () => {
      for (const stranger of strangers) stranger.kill("SIGKILL");
      await host[Symbol.asyncDispose]();
    });

    /** Another user of the host, once it holds what it can get. */
    async function stranger(floods: "yes" | "no"): Promise<() => Promise<void>> {
      const node = [
        process.execPath,
        "--input-type=module",
        "-e",
        STRANGER,
        `/etc/systemd/system/${host.unit}.d`,
        host.unit,
        floods,
      ];
      const [program = "", ...args] = [
        ...host.systemd.prefix,
        "setpriv",
        `--reuid=${STRANGER_ID}`,
        `--regid=${STRANGER_ID}`,
        "--clear-groups",
        "--pdeathsig=KILL",
        "--",
        ...node,
      ];
      const child = spawn(program, args, { cwd: "/", stdio: ["ignore", "pipe", "inherit"] });
      strangers.add(child);
      await Promise.race([
        once(child.stdout, "data"),
        once(child, "exit").then(() => {
          throw new Error("the stranger could not begin");
        }),
      ]);
      return async () => {
        strangers.delete(child);
        const exited = once(child, "exit");
        child.kill("SIGKILL");
        await exited;
      };
    }

    /** Resolves once a command handles signals: until then the first one ends any program. */
    async function hearing(running: RunningQsc): Promise<void> {
      const pid = await running.pid();
      // Node itself handles SIGTERM and SIGINT. The last that qsc registers is SIGHUP.
      const sighup = 1n;
      await host.until("its handlers", async () => {
        const { stdout } = await host.systemd.run("grep", "SigCgt", `/proc/${pid}/status`);
        return (BigInt(`0x${stdout.split(/\s+/)[1] ?? "0"}`) & sighup) !== 0n;
      });
    }

    describe.each(["no", "yes"] as const)("another user holds what it can, and floods: %s", (floods) => {
      test("activate: 0, monitor watches, rollback --take-over: 0 with the lock", async () => {
        // The lock's files exist, as they do after the first canary.
        await cutoverWithEnough(host);
        expect(await ran<RollbackDocument>(host.qsc("rollback"))).toMatchObject({ code: 0 });
        const gone = await stranger(floods);
        const { bootId } = await activated(host);
        const monitor = host.startQsc("monitor", "--interval", "1s");
        await watched(host, 1);
        expect(await ran<RollbackDocument>(host.qsc("rollback", "--take-over"))).toMatchObject({
          code: 0,
          reasons: [],
          warnings: [],
        });
        expect(await ran<MonitorDocument>(monitor.ended)).toMatchObject({ outcome: "no_canary" });
        await expectBaseline(host, bootId, BASELINE_WEIGHTS);
        await gone();
      });
    });

    test("the lock belongs only to the acting user", async () => {
      const { mode, uid } = await stat(join(dirname(host.dropIn), ".qsc-acts.lock"));
      expect([(mode & 0o777).toString(8), uid]).toEqual(["600", 0]);
    });

    test("an alias has the unit's lock, drop-in and dead-man", async () => {
      const cutover = await cutoverWithEnough(host);
      const alias = { unit: "another-name.service" };
      await symlink(host.unit, join(host.systemd.unitDirectory, alias.unit));
      const release = await host.installHeld(ENGINE);
      const activation = host.startQsc("activate", "--model", MODEL, "--cutover", cutover);
      await host.until("the drop-in", async () => existsSync(host.dropIn));
      await host.install(ENGINE);
      await host.signal(activation, "STOP");
      await release();
      expect(await refusal(host.qscWith(alias, "rollback"))).toMatchObject({
        exit: 2,
        code: "canary_locked",
        message: expect.stringContaining(`acts on ${host.unit}`) as string,
      });
      activation.resume();
      await ran<ActivateDocument>(activation.ended);
      expect(await ran<RollbackDocument>(host.qscWith(alias, "rollback"))).toMatchObject({ code: 0, unit: host.unit });
      expect(existsSync(join(host.systemd.unitDirectory, `${alias.unit}.d`))).toBe(false);
      await expectBaseline(host, "", BASELINE_WEIGHTS);
      const again = await ran<ActivateDocument>(
        host.qscWith(
          alias,
          "activate",
          "--model",
          MODEL,
          "--cutover",
          await cutoverWithEnough(host),
          "--watch-unit",
          "none",
        ),
      );
      expect(again).toMatchObject({
        code: 0,
        unit: host.unit,
        dropIn: { path: `/etc/systemd/system/${host.unit}.d/canary_weights.conf` },
      });
      expect(await ran<StatusDocument>(host.qsc("status"))).toMatchObject({ code: 0, phase: "canary" });
      expect(await ran<RollbackDocument>(host.qsc("rollback"))).toMatchObject({ code: 0 });
      await expectBaseline(host, "", BASELINE_WEIGHTS);
    });

    test.each(["TERM", "INT"] as const)(
      "the first SIG%s ends a rollback that waits for another command: 2, nothing changes",
      async (name) => {
        const cutover = await cutoverWithEnough(host);
        const release = await host.installHeld(ENGINE);
        const activation = host.startQsc("activate", "--model", MODEL, "--cutover", cutover);
        await host.until("the drop-in", async () => existsSync(host.dropIn));
        await host.install(ENGINE);
        await host.signal(activation, "STOP");
        await release();
        // Otherwise it would wait for the dead-man's whole patience.
        const rollback = host.startQsc("rollback");
        await hearing(rollback);
        await host.signal(rollback, name);
        const ended = await rollback.ended;
        expect([ended.code, existsSync(host.dropIn)], ended.err).toEqual([2, true]);
        expect(ended.out).toContain("Interrupted");
        activation.resume();
        await activation.ended;
        expect(await ran<RollbackDocument>(host.qsc("rollback"))).toMatchObject({ code: 0 });
        await expectBaseline(host, "", BASELINE_WEIGHTS);
      },
    );

    test("the first SIGTERM ends a rollback that waits for its proof: 2; the canary is gone, and the next one proves it: 0", async () => {
      const { bootId } = await activated(host, "--watch-unit", "none");
      const nowhere = { source: "redis://127.0.0.1:1" };
      const rollback = host.startQscWith(nowhere, "rollback", "--proof-timeout", "10m");
      await host.until(
        "the restart",
        async () => (await stateOf(host))?.phase === "rolling_back" && (await host.newestDecision()).bootId !== bootId,
      );
      await host.signal(rollback, "TERM");
      const document = await ran<RollbackDocument>(rollback.ended);
      expect(document).toMatchObject({ code: 2, weights: { after: null } });
      expect(document.reasons.join(" ")).toContain("Interrupted");
      expect(existsSync(host.dropIn)).toBe(false);
      expect(await ran<StatusDocument>(host.qsc("status"))).toMatchObject({ code: 2, phase: "rolling_back" });
      expect(await ran<RollbackDocument>(host.qsc("rollback"))).toMatchObject({ code: 0 });
      await expectBaseline(host, bootId, BASELINE_WEIGHTS);
    });
  });
});
