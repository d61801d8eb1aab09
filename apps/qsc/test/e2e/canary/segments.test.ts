import type { MonitorDocument } from "@qsc/contract";
import { BASELINE_WEIGHTS, CanaryHost, describeRequiring, requireRedis, requireSystemd } from "@qsc-tooling/testkit";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { expectBaseline } from "./support/baseline.js";
import { activated, checksOf, MODEL, ran, watched } from "./support/life.js";

const WINDOW = "400";

describeRequiring(requireSystemd(), "a canary that freezes for one of four symbols in a healthy watch", () => {
  describeRequiring(requireRedis(), "on a real Redis, where the policy lets symbols decide", () => {
    let host: CanaryHost;
    beforeAll(async () => {
      const engine = { kind: "scripted", rate: 200, seed: 20_260_117 } as const;
      host = await CanaryHost.start({ engine, policy: "segments: {by: symbol}\n" });
    });
    afterEach(() => host.tell(null));
    afterAll(() => host[Symbol.asyncDispose]());

    test.each(["strict", "evidence"])(
      "is rolled back for that symbol under the rule %s, and for nothing else",
      async (rule) => {
        const { bootId } = await activated(host);
        const { ended } = host.startQsc("monitor", "--window", WINDOW, "--rule", rule);
        await watched(host, Number(WINDOW) + 50);
        await host.tell("segment_collapse");
        const document = await ran<MonitorDocument>(ended);
        expect(document).toMatchObject({ code: 2, outcome: "rolled_back" });
        expect(checksOf(document), document.violations.join("\n")).toEqual(["segment_collapse"]);
        expect(document.violations[0]).toMatch(
          new RegExp(`^${MODEL}: segment_collapse: SOLUSDC: a violation is proven since answer \\d+`),
        );
        const { segments } = document.models.find(({ model }) => model === MODEL) ?? {};
        expect(
          segments?.rows.filter(({ status }) => status === "violation").map(({ symbol, fault }) => [symbol, fault]),
        ).toEqual([["SOLUSDC", "one confidence"]]);
        await expectBaseline(host, bootId, BASELINE_WEIGHTS);
      },
    );
  });
});
