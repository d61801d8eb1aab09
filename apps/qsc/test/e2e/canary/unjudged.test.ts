import type { MonitorDocument, PromoteDocument } from "@qsc/contract";
import { BASELINE_WEIGHTS, CanaryHost, describeRequiring, requireRedis, requireSystemd } from "@qsc-tooling/testkit";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { expectBaseline } from "./support/baseline.js";
import { activated, checksOf, cutoverWithEnough, ran, stateOf } from "./support/life.js";

/** Few entries, so that more come than a watch judges at once. */
const WINDOW = 300;
const WATCH = ["--window", String(WINDOW), "--duration", "3s", "--interval", "1s"];

describeRequiring(requireSystemd(), "what a canary publishes while nothing watches it", () => {
  describeRequiring(requireRedis(), "on a real Redis", () => {
    let host: CanaryHost;
    beforeAll(async () => {
      host = await CanaryHost.start({ engine: { kind: "scripted", rate: 200, seed: 20_261_201 } });
    });
    afterEach(() => host.tell(null));
    afterAll(() => host[Symbol.asyncDispose]());

    const count = (): Promise<number> => host.client.xlen(host.stream);

    /** Waits for this number of further entries. */
    async function further(entries: number): Promise<void> {
      const before = await count();
      await host.until(`${entries} further entries`, async () => (await count()) >= before + entries);
    }

    /** The canary is violated for a moment, and then more healthy decisions come than a window holds. */
    async function violatedMeanwhile(): Promise<void> {
      await host.tell("unknown_label");
      await further(50);
      await host.tell(null);
      await further(2 * WINDOW);
    }

    test("a violation that is no longer in the window when the watch begins: rolled back", async () => {
      const { bootId } = await activated(host, "--watch-unit", "none", "--window", String(WINDOW));
      // The watch begins where the activation has judged up to, and notices if that is lost.
      const { cursor = "", events = 0, mark } = (await stateOf(host))?.watch ?? {};
      expect([events > 1, mark?.id]).toEqual([true, cursor]);
      await violatedMeanwhile();
      const document = await ran<MonitorDocument>(host.qsc("monitor", ...WATCH));
      expect(document).toMatchObject({ code: 2, outcome: "rolled_back" });
      expect(checksOf(document), document.violations.join("\n")).toContain("unknown_label");
      await expectBaseline(host, bootId, BASELINE_WEIGHTS);
    });

    test("a stream that is deleted before the watch begins: rolled back", async () => {
      const { bootId } = await activated(host, "--watch-unit", "none", "--window", String(WINDOW));
      await host.client.del(host.stream);
      await host.until("a new stream", async () => (await count()) > WINDOW);
      const document = await ran<MonitorDocument>(host.qsc("monitor", ...WATCH));
      expect(document).toMatchObject({ code: 2, outcome: "rolled_back" });
      expect(checksOf(document), document.violations.join("\n")).toContain("stream_gap");
      await expectBaseline(host, bootId, BASELINE_WEIGHTS);
    });

    test("a violation between an eligible watch and the promotion: nothing is promoted", async () => {
      const { bootId } = await activated(host, "--watch-unit", "none", "--window", String(WINDOW));
      await cutoverWithEnough(host, WINDOW);
      expect(await ran<MonitorDocument>(host.qsc("monitor", ...WATCH))).toMatchObject({ code: 0, outcome: "eligible" });
      await violatedMeanwhile();
      const document = await ran<PromoteDocument>(host.qsc("promote", "--to", "50", "--window", String(WINDOW)));
      expect(document, document.reasons.join("\n")).toMatchObject({ code: 2, codes: ["canary_violated"] });
      expect(document.reasons.join("\n")).toContain("unknown_label: ");
      await ran(host.qsc("rollback", "--reason", "test"));
      await expectBaseline(host, bootId, BASELINE_WEIGHTS);
    });
  });
});
