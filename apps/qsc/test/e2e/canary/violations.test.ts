import { BASELINE_WEIGHTS, CanaryHost, describeRequiring, requireRedis, requireSystemd, type FaultName } from "@qsc-tooling/testkit";
import type { MonitorDocument } from "@qsc/contract";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { expectBaseline } from "./support/baseline.js";
import { activated, checksOf, ran, watched } from "./support/life.js";

/** Entries that are judged: small, so that a fault fills it soon. */
const WINDOW = "400";

/** Faults that a healthy watch comes into by degrees, and no other check has anything against. */
const ARISING: readonly FaultName[] = ["narrow_range", "action_collapse", "confidence_collapse", "error_rate_spike", "latency_spike"];

/** Faults that come to other checks' limits on their way: they are there from the canary's first decision. */
const FROM_THE_FIRST: readonly (readonly [FaultName, string])[] = [
  ["constant_output", "constant_output"],
  ["action_bias_buy", "action_bias"],
  ["action_bias_sell", "action_bias"],
  ["dead_zone", "dead_zone"],
];

describeRequiring(requireSystemd(), "a canary that violates a check", () => {
  describeRequiring(requireRedis(), "on a real Redis", () => {
    let host: CanaryHost;
    beforeAll(async () => {
      host = await CanaryHost.start({ engine: { kind: "scripted", rate: 400, seed: 20_260_111 } });
    });
    afterEach(() => host.tell(null));
    afterAll(() => host[Symbol.asyncDispose]());

    test.each(FROM_THE_FIRST)("%s from its first decision on: taken back for %s", async (fault, check) => {
      await host.tell(fault);
      const { bootId } = await activated(host);
      const document = await ran<MonitorDocument>(host.qsc("monitor", "--window", WINDOW));
      expect(document).toMatchObject({ code: 2, outcome: "rolled_back" });
      expect(checksOf(document)[0], document.violations.join("\n")).toBe(check);
      await expectBaseline(host, bootId, BASELINE_WEIGHTS);
    });

    test.each(ARISING)("%s in a healthy watch: taken back for that, and for nothing else", async (fault) => {
      const { bootId } = await activated(host);
      const { ended } = host.startQsc("monitor", "--window", WINDOW);
      await watched(host, Number(WINDOW) + 50);
      await host.tell(fault);
      const document = await ran<MonitorDocument>(ended);
      expect(document).toMatchObject({ code: 2, outcome: "rolled_back" });
      expect(checksOf(document), document.violations.join("\n")).toEqual([fault]);
      await expectBaseline(host, bootId, BASELINE_WEIGHTS);
    });

    test.each(["strict", "evidence"])("under the rule %s frozen answers that look like repetitions of one decision are no way out", async (rule) => {
      const { bootId } = await activated(host);
      const { ended } = host.startQsc("monitor", "--window", WINDOW, "--rule", rule);
      await watched(host, Number(WINDOW) + 50);
      await host.tell("repeated_answers");
      const document = await ran<MonitorDocument>(ended);
      expect(document).toMatchObject({ code: 2, outcome: "rolled_back" });
      expect(document.violations[0]).toMatch(/_collapse: .*\(counting repeated entries\)$/);
      await expectBaseline(host, bootId, BASELINE_WEIGHTS);
    });
  });
});
