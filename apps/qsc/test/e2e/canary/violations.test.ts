import {
  BASELINE_WEIGHTS,
  CanaryHost,
  describeRequiring,
  requireRedis,
  requireSystemd,
  type FaultName,
} from "@qsc-tooling/testkit";
import type { ActivateDocument, MonitorDocument } from "@qsc/contract";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { expectBaseline } from "./support/baseline.js";
import { activated, checksOf, cutoverWithEnough, MODEL, ran, watched } from "./support/life.js";

/** The number of judged entries: small, so that a fault fills it soon. */
const WINDOW = "400";

/** Faults that a healthy watch meets gradually, and that no other check notices. */
const ARISING: readonly FaultName[] = [
  "narrow_range",
  "action_collapse",
  "confidence_collapse",
  "error_rate_spike",
  "latency_spike",
];

/** Faults that reach other checks' limits on their way: they are there from the canary's first decision. */
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
      host = await CanaryHost.start({ engine: { kind: "scripted", rate: 200, seed: 20_260_111 } });
    });
    afterEach(() => host.tell(null));
    afterAll(() => host[Symbol.asyncDispose]());

    test.each(FROM_THE_FIRST)("%s from its first decision on: undone, or rolled back, for %s", async (fault, check) => {
      await host.tell(fault);
      const cutover = await cutoverWithEnough(host);
      const activation = await ran<ActivateDocument>(host.qsc("activate", "--model", MODEL, "--cutover", cutover));
      if (activation.code === 0) {
        await cutoverWithEnough(host, Number(WINDOW));
        const document = await ran<MonitorDocument>(host.qsc("monitor", "--window", WINDOW));
        expect(document).toMatchObject({ code: 2, outcome: "rolled_back" });
        expect(checksOf(document), document.violations.join("\n")).toContain(check);
      } else {
        // The proof took long enough for all the decisions that this needs.
        expect(activation, activation.reasons.join("\n")).toMatchObject({ code: 2, codes: ["canary_violated"] });
        expect(activation.reasons.join()).toContain(`${check}: `);
      }
      await expectBaseline(host, "", BASELINE_WEIGHTS);
    });

    test.each(ARISING)("%s in a healthy watch: rolled back for that, and for nothing else", async (fault) => {
      const { bootId } = await activated(host);
      const { ended } = host.startQsc("monitor", "--window", WINDOW);
      await watched(host, Number(WINDOW) + 50);
      await host.tell(fault);
      const document = await ran<MonitorDocument>(ended);
      expect(document).toMatchObject({ code: 2, outcome: "rolled_back" });
      expect(checksOf(document), document.violations.join("\n")).toEqual([fault]);
      await expectBaseline(host, bootId, BASELINE_WEIGHTS);
    });

    test.each(["strict", "evidence"])(
      "under the rule %s, frozen answers do not escape by looking like repetitions of one decision",
      async (rule) => {
        const { bootId } = await activated(host);
        const { ended } = host.startQsc("monitor", "--window", WINDOW, "--rule", rule);
        await watched(host, Number(WINDOW) + 50);
        await host.tell("repeated_answers");
        const document = await ran<MonitorDocument>(ended);
        expect(document).toMatchObject({ code: 2, outcome: "rolled_back" });
        expect(document.violations[0]).toMatch(/_collapse: .*\(counting repeated entries\)$/);
        await expectBaseline(host, bootId, BASELINE_WEIGHTS);
      },
    );
  });
});
