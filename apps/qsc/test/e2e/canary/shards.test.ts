import { BASELINE_WEIGHTS, CanaryHost, describeRequiring, requireRedis, requireSystemd } from "@qsc-tooling/testkit";
import type { MonitorDocument, PromoteDocument, RollbackDocument } from "@qsc/contract";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectBaseline } from "./support/baseline.js";
import { activated, ran, stateOf, watched } from "./support/life.js";

const SHARDS = ["{engine}:intent:0", "{engine}:intent:1", "{engine}:intent:2"];

describeRequiring(requireSystemd(), "a canary of an engine that publishes to three shards", () => {
  describeRequiring(requireRedis(), "on a real Redis", () => {
    let host: CanaryHost;
    beforeAll(async () => {
      host = await CanaryHost.start({ engine: { kind: "scripted", rate: 200, seed: 20_260_119 }, streams: SHARDS });
    });
    afterAll(() => host[Symbol.asyncDispose]());

    /** Watches until this number of further decisions is judged, and is interrupted. */
    async function watchedFor(decisions: number): Promise<MonitorDocument & { readonly code: number | null }> {
      const before = (await stateOf(host))?.watch?.events ?? 0;
      const { ended, pid } = host.startQsc("monitor");
      await watched(host, before + decisions);
      await host.systemd.run("kill", "-TERM", String(await pid()));
      return ran<MonitorDocument>(ended);
    }

    test("is activated, watched, watched again from its marks, promoted, and rolled back with a proof", async () => {
      const { bootId } = await activated(host);
      for (let time = 0; time < 3; time += 1) {
        const watch = await watchedFor(300);
        expect(watch, watch.reasons.join()).toMatchObject({ outcome: "interrupted", violations: [], warnings: [] });
        const state = (await stateOf(host))?.watch;
        expect(state?.mark).toMatchObject({ kind: "shards", id: state?.cursor });
      }
      const done = await ran<MonitorDocument>(host.qsc("monitor", "--duration", "5s"));
      expect(done, done.reasons.join()).toMatchObject({ code: 0, outcome: "eligible" });
      const promoted = await ran<PromoteDocument>(host.qsc("promote", "--to", "50"));
      expect(promoted, promoted.reasons.join()).toMatchObject({ code: 0 });
      const back = await ran<RollbackDocument>(host.qsc("rollback"));
      expect(back, back.reasons.join()).toMatchObject({ code: 0 });
      await expectBaseline(host, bootId, BASELINE_WEIGHTS);
    });

    test("is rolled back when one shard becomes a key of another type, which is proven once all shards can be read again", async () => {
      const { bootId } = await activated(host);
      const shard = SHARDS[1] ?? "";
      const { ended } = host.startQsc("monitor");
      await watched(host, 300);
      await host.client.multi().del(shard).set(shard, "text").exec();
      const document = await ran<MonitorDocument>(ended);
      // Without one of the shards there is no proof of what is served.
      expect(document).toMatchObject({ code: 2, outcome: "rollback_failed" });
      expect(document.violations.join()).toContain(`'${shard}'`);
      await host.client.del(shard);
      const proven = await ran<RollbackDocument>(host.qsc("rollback"));
      expect(proven, proven.reasons.join()).toMatchObject({ code: 0 });
      await expectBaseline(host, bootId, BASELINE_WEIGHTS);
    });
  });
});
