import { BASELINE_WEIGHTS, CanaryHost, describeRequiring, requireRedis, requireSystemd } from "@qsc-tooling/testkit";
import type { MonitorDocument } from "@qsc/contract";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectBaseline } from "./support/baseline.js";
import { activated, ran, stateOf, watched } from "./support/life.js";

const WINDOW = "250";

describeRequiring(requireSystemd(), "a watch that is ended and restarted", () => {
  describeRequiring(requireRedis(), "on a real Redis", () => {
    let host: CanaryHost;
    beforeAll(async () => {
      host = await CanaryHost.start({ engine: { kind: "scripted", rate: 200, seed: 20_260_117 } });
    });
    afterAll(() => host[Symbol.asyncDispose]());

    /** Watches until this number of further decisions is judged, and is interrupted. */
    async function watchedFor(decisions: number): Promise<MonitorDocument & { readonly code: number | null }> {
      const before = (await stateOf(host))?.watch?.events ?? 0;
      const { ended, pid } = host.startQsc("monitor", "--window", WINDOW);
      await watched(host, before + decisions);
      await host.systemd.run("kill", "-TERM", String(await pid()));
      return ran<MonitorDocument>(ended);
    }

    async function cursor(): Promise<string> {
      const found = (await stateOf(host))?.watch?.cursor ?? null;
      if (found === null) throw new Error("nothing was judged");
      return found;
    }

    test("three times on a stream that is trimmed up to its last judged entry: it continues, and says what its window lacks", async () => {
      const { bootId } = await activated(host);
      const first = await watchedFor(300);
      expect(first, first.reasons.join()).toMatchObject({ outcome: "interrupted", violations: [] });
      for (let time = 0; time < 3; time += 1) {
        await host.client.xtrim(host.stream, "MINID", await cursor());
        const again = await watchedFor(300);
        expect(again, again.reasons.join()).toMatchObject({ outcome: "interrupted", violations: [] });
        expect(again.warnings.join()).toMatch(/Of the newest entries up to .* only 1, from/);
      }
      await host.client.del(host.stream);
      await host.until("decisions in the new stream", async () => (await host.client.xlen(host.stream)) > 100);
      const remade = await ran<MonitorDocument>(host.qsc("monitor", "--window", WINDOW));
      expect(remade).toMatchObject({ code: 2, outcome: "rolled_back" });
      expect(remade.violations[0]).toMatch(/^stream_gap: .*(?:went back|no entry has ever left it)/);
      await expectBaseline(host, bootId, BASELINE_WEIGHTS);
    });

    test("a stream that is deleted, replaced by another value and started again during a watch: rolled back", async () => {
      const { bootId } = await activated(host);
      const { ended } = host.startQsc("monitor", "--window", WINDOW);
      await watched(host, 300);
      await host.client.multi().del(host.stream).set(host.stream, "x").exec();
      await host.client.del(host.stream);
      const document = await ran<MonitorDocument>(ended);
      expect(document).toMatchObject({ code: 2, outcome: "rolled_back" });
      expect(document.violations[0]).toMatch(/^stream_gap: /);
      await expectBaseline(host, bootId, BASELINE_WEIGHTS);
    });
  });
});
