import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import {
  BASELINE_WEIGHTS,
  CanaryHost,
  describeRequiring,
  requireRedis,
  requireSystemd,
  type RunningQsc,
} from "@qsc-tooling/testkit";
import type {
  ActivateDocument,
  MonitorDocument,
  PromoteDocument,
  RollbackDocument,
  StatusDocument,
} from "@qsc/contract";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectBaseline, expectNoTrace } from "./support/baseline.js";
import { activated, cutoverWithEnough, MODEL, ran, refusal, stateOf, watched } from "./support/life.js";

const ENGINE = { kind: "scripted", rate: 200, seed: 20_260_114 } as const;

describeRequiring(requireSystemd(), "operators that act at the same time", () => {
  describeRequiring(requireRedis(), "on a real Redis", () => {
    let host: CanaryHost;
    beforeAll(async () => {
      host = await CanaryHost.start({ engine: ENGINE });
    });
    afterAll(() => host[Symbol.asyncDispose]());

    /** Starts an activation, and answers when it is halfway: the start of the engine, which ends when it is stopped. */
    async function activationUnderWay(): Promise<RunningQsc> {
      const cutover = await cutoverWithEnough(host);
      await host.install(ENGINE, ["ExecStartPre=/bin/sleep 60"]);
      const activation = host.startQsc("activate", "--model", MODEL, "--cutover", cutover);
      await host.until("the start", async () => existsSync(host.dropIn) && (await subState()) === "start-pre");
      await host.install(ENGINE);
      return activation;
    }

    async function subState(): Promise<string> {
      const { stdout } = await host.systemd.run("systemctl", "show", "--property=SubState", "--value", host.unit);
      return stdout.trim();
    }

    test("no canary yet: monitor and promote exit with 2, and a rollback still proves the baseline: 0", async () => {
      const [monitor, promote] = await Promise.all([
        ran<MonitorDocument>(host.qsc("monitor")),
        ran<PromoteDocument>(host.qsc("promote", "--to", "50")),
      ]);
      expect(monitor).toMatchObject({ code: 2, outcome: "no_canary" });
      expect(promote).toMatchObject({ code: 2, model: null });
      await cutoverWithEnough(host, 1);
      expect(await ran<RollbackDocument>(host.qsc("rollback"))).toMatchObject({ code: 0, weights: { before: null } });
      await expectNoTrace(host);
    });

    test("two activations at once: one succeeds, the other is refused", async () => {
      const cutover = await cutoverWithEnough(host);
      const runs = await Promise.all([1, 2].map(() => host.qsc("activate", "--model", MODEL, "--cutover", cutover)));
      expect(runs.map(({ code }) => code).toSorted(), runs.map(({ out }) => out).join("\n")).toEqual([0, 2]);
      expect(runs.find(({ code }) => code === 2)?.out).toMatch(/acts on .* now|A canary, or leftovers/);
      expect((await host.newestDecision()).canary).toEqual({ model: MODEL, weight: 0.1 });
      expect(await ran<StatusDocument>(host.qsc("status"))).toMatchObject({ code: 0, phase: "canary" });
    });

    test("an activation on top of a canary: 2, with the way out", async () => {
      const document = await ran<ActivateDocument>(
        host.qsc("activate", "--model", "xgboost", "--cutover", "2026-01-01T00:00:00Z"),
      );
      expect(document).toMatchObject({ code: 2 });
      expect(document.reasons.join(" ")).toMatch(
        /patchtst is in the phase canary\. Roll it back first: qsc rollback --config /,
      );
      expect((await host.newestDecision()).canary).toEqual({ model: MODEL, weight: 0.1 });
    });

    test("two monitors: the second is refused, the first keeps watching; after a restart it continues where it was", async () => {
      const first = host.startQsc("monitor", "--interval", "1s", "--duration", "10m");
      await host.until("three watched seconds", async () => ((await stateOf(host))?.watch?.watchedMs ?? 0) >= 3000);
      expect(await refusal(host.qsc("monitor"))).toMatchObject({ exit: 2, code: "canary_locked" });
      await host.signal(first, "TERM");
      const interrupted = await ran<MonitorDocument>(first.ended);
      expect(interrupted).toMatchObject({ code: 2, outcome: "interrupted", violations: [] });
      const { startedAt, watchedMs = 0, events = 0, judgements = 0 } = interrupted.watch ?? {};
      const endedMs = Date.now();
      await host.until(
        "three seconds without a watch",
        async () => Number((await host.newestDecision()).id.split("-")[0]) >= endedMs + 3000,
      );
      const pauseMs = Date.now() - endedMs;
      // The time before the interruption counts: enough has been watched already, and one judgement is enough.
      const again = await ran<MonitorDocument>(host.qsc("monitor", "--interval", "1s", "--duration", "3s"));
      expect(again).toMatchObject({ code: 0, outcome: "eligible", watch: { startedAt, judgements: judgements + 1 } });
      expect(again.watch?.events).toBeGreaterThan(events);
      // So does the time without a watch.
      expect(again.watch?.watchedMs).toBeGreaterThanOrEqual(watchedMs + pauseMs);
    });

    test("a rollback while an eligible canary is being promoted: it waits its turn, and undoes the result", async () => {
      await host.install(ENGINE, ["ExecStartPre=/bin/sleep 3"]);
      const { bootId } = await host.newestDecision();
      const promotion = host.startQsc("promote", "--to", "50");
      await host.until("the drop-in of 50 %", async () =>
        (await readFile(host.dropIn, "utf8").catch(() => "")).includes("QSC_CANARY_WEIGHT=0.5"),
      );
      await host.install(ENGINE);
      const rollback = await ran<RollbackDocument>(host.qsc("rollback"));
      expect(await ran<PromoteDocument>(promotion.ended)).toMatchObject({ code: 0, reasons: [] });
      expect(rollback).toMatchObject({ code: 0, weights: { before: { patchtst: 0.5 } } });
      await expectBaseline(host, bootId, BASELINE_WEIGHTS);
    });

    test("Ctrl-C during an activation: undone, 2", async () => {
      const activation = await activationUnderWay();
      await host.signal(activation, "INT");
      const document = await ran<ActivateDocument>(activation.ended);
      expect(document).toMatchObject({ code: 2, cutover: null });
      expect(document.reasons, `one reason, that it was undone: ${document.reasons.join("\n")}`).toHaveLength(1);
      await expectBaseline(host, "", BASELINE_WEIGHTS);
    });

    test("Ctrl-C during an activation whose start is held: it says what it waits for", async () => {
      const cutover = await cutoverWithEnough(host);
      const release = await host.installHeld(ENGINE);
      const activation = host.startQsc("activate", "--model", MODEL, "--cutover", cutover);
      await host.until("the drop-in", async () => existsSync(host.dropIn));
      await host.signal(activation, "INT");
      await host.until("an explanation", async () => activation.err().includes("first brought to a safe end"));
      await release();
      expect((await activation.ended).code).toBe(2);
      await host.install(ENGINE);
      await expectBaseline(host, "", BASELINE_WEIGHTS);
    });

    test("an activation that hangs: a rollback waits in vain, unless it takes over; the activation then does nothing", async () => {
      const activation = await activationUnderWay();
      await host.signal(activation, "STOP");
      const [refused, taken] = await Promise.all([
        refusal(host.qsc("rollback")),
        ran<RollbackDocument>(host.qsc("rollback", "--take-over")),
      ]);
      expect(refused).toMatchObject({ exit: 2, code: "canary_locked" });
      expect(taken).toMatchObject({ code: 0, reasons: [] });
      activation.resume();
      const document = await ran<ActivateDocument>(activation.ended);
      expect(document).toMatchObject({ code: 2 });
      expect(document.reasons.join(" ")).toMatch(
        /Another command is acting on test-engine\.service, so this one gives up|the engine serves xgboost 0\.3, |publishes as well as/,
      );
      await expectBaseline(host, "", BASELINE_WEIGHTS);
    });

    test("Ctrl-C of a monitor: 2, the canary stays for the next watch; a rollback removes it: 0", async () => {
      const { bootId } = await activated(host);
      const monitor = host.startQsc("monitor", "--interval", "1s");
      await watched(host, 1);
      await host.signal(monitor, "INT");
      const document = await ran<MonitorDocument>(monitor.ended);
      expect(document).toMatchObject({ code: 2, outcome: "interrupted" });
      expect(document.reasons.join(" ")).toMatch(/start it again within 4\d s/);
      expect(await stateOf(host)).toMatchObject({ phase: "canary" });
      expect(existsSync(host.dropIn)).toBe(true);
      expect(await ran<RollbackDocument>(host.qsc("rollback"))).toMatchObject({ code: 0 });
      await expectBaseline(host, bootId, BASELINE_WEIGHTS);
    });

    test("a rollback under a monitor: the monitor leaves, 2, and does not roll back again", async () => {
      const { bootId } = await activated(host);
      const monitor = host.startQsc("monitor", "--interval", "1s");
      await watched(host, 1);
      expect(await ran<RollbackDocument>(host.qsc("rollback"))).toMatchObject({ code: 0 });
      expect(await ran<MonitorDocument>(monitor.ended)).toMatchObject({
        code: 2,
        outcome: "no_canary",
        rollback: null,
      });
      await expectBaseline(host, bootId, BASELINE_WEIGHTS);
    });

    test("a window that cannot hold what the policy needs: activate, its dry run and monitor refuse it: 2", async () => {
      const why = /the newest 200 entries can never have the 200 events that minEvents\.canary .*--window 213 or more/;
      const cutover = await cutoverWithEnough(host);
      const { bootId: before } = await host.newestDecision();
      for (const dry of [["--dry-run"], []]) {
        const document = await ran<ActivateDocument>(
          host.qsc(
            "activate",
            "--model",
            MODEL,
            "--cutover",
            cutover,
            "--watch-unit",
            "none",
            "--window",
            "200",
            ...dry,
          ),
        );
        expect(document).toMatchObject({ code: 2, cutover: null, reasons: [expect.stringMatching(why) as string] });
      }
      expect([existsSync(host.dropIn), (await host.newestDecision()).bootId]).toEqual([false, before]);
      const { bootId } = await activated(host);
      expect(await refusal(host.qsc("monitor", "--window", "200"))).toMatchObject({
        exit: 2,
        code: "window_too_small",
        message: expect.stringMatching(why) as string,
      });
      expect(await stateOf(host)).toMatchObject({ phase: "canary" });
      expect(await ran<RollbackDocument>(host.qsc("rollback"))).toMatchObject({ code: 0 });
      await expectBaseline(host, bootId, BASELINE_WEIGHTS);
    });

    test("no Redis: activate changes nothing: 2; a rollback removes the canary but does not call it proven: 2", async () => {
      const nowhere = { source: "redis://127.0.0.1:1" };
      const {
        document: { cutover },
        bootId,
      } = await activated(host);
      const refused = await host.qscWith(nowhere, "activate", "--model", MODEL, "--cutover", cutover ?? "");
      expect(refused.code, refused.out).toBe(2);
      const rollback = await ran<RollbackDocument>(host.qscWith(nowhere, "rollback", "--proof-timeout", "2s"));
      expect(rollback).toMatchObject({ code: 2, weights: { after: null } });
      expect(existsSync(host.dropIn), "the drop-in").toBe(false);
      const { stdout } = await host.systemd.run("systemctl", "show", "-p", "Environment", host.unit);
      expect(stdout).not.toContain("CANARY");
      expect(await ran<StatusDocument>(host.qsc("status"))).toMatchObject({ code: 2, phase: "rolling_back" });
      const { bootId: clean } = await host.newestDecision();
      expect(await ran<RollbackDocument>(host.qsc("rollback"))).toMatchObject({ code: 0 });
      expect((await host.newestDecision()).bootId, "no second restart").toBe(clean);
      await expectBaseline(host, bootId, BASELINE_WEIGHTS);
    });

    test.each<{ readonly args: readonly string[] }>([
      { args: ["activate"] },
      { args: ["activate", "--model", MODEL] },
      { args: ["activate", "--model", MODEL, "--cutover", "yesterday"] },
      { args: ["activate", "--model", MODEL, "--cutover", "2026-01-01T00:00:00Z", "--duration", "for ever"] },
      { args: ["activate", "--model", MODEL, "--model", MODEL, "--cutover", "2026-01-01T00:00:00Z"] },
      { args: ["monitor", "--interval", "now and then"] },
      { args: ["monitor", "--window", "0"] },
      { args: ["monitor", "--duration", "6"] },
      { args: ["promote"] },
      { args: ["promote", "--to", "60"] },
      { args: ["rollback", "--proof-timeout", "soon"] },
      { args: ["rollback", "--force"] },
      { args: ["audit"] },
      { args: ["audit", "forge"] },
      { args: ["status", "--services", "none"] },
    ])("a mistake, $args: 1", async ({ args }) => {
      expect(await refusal(host.qsc(...args))).toMatchObject({ exit: 1 });
    });
  });

  describeRequiring(requireRedis(), "evidence that is only enough for collection mode", () => {
    test("refuses the activation with 3, and changes nothing", async () => {
      await using host = await CanaryHost.start({ engine: ENGINE, policy: "minEvents: { canary: 100000 }\n" });
      const cutover = await cutoverWithEnough(host);
      expect((await host.qsc("quality-gate", "--mode", "collection", "--after", cutover)).code).toBe(3);
      const { bootId } = await host.newestDecision();
      const document = await ran<ActivateDocument>(host.qsc("activate", "--model", MODEL, "--cutover", cutover));
      expect(document).toMatchObject({
        code: 3,
        exitCode: 3,
        verdict: "fail",
        cutover: null,
        gate: { mode: "canary", exitCode: 2 },
      });
      expect(document.reasons.join(" ")).toMatch(/at least 100000 are needed/);
      await expectNoTrace(host);
      expect((await host.newestDecision()).bootId).toBe(bootId);
    });
  });
});
