import { existsSync } from "node:fs";
import { BASELINE_WEIGHTS, CanaryHost, describeRequiring, requireRedis, requireSystemd } from "@qsc-tooling/testkit";
import type { RollbackDocument } from "@qsc/contract";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectBaseline } from "./support/baseline.js";
import { activated, ran } from "./support/life.js";

const ENGINE = { kind: "scripted", rate: 200, seed: 20_261_131 } as const;

describeRequiring(requireSystemd(), "a rollback in a place where nothing can be written", () => {
  describeRequiring(requireRedis(), "on a real Redis", () => {
    let host: CanaryHost;

    beforeAll(async () => {
      host = await CanaryHost.start({ engine: ENGINE });
    });
    afterAll(() => host[Symbol.asyncDispose]());

    test.each([
      ["a directory that cannot be made", "/proc/qsc"],
      ["one that other users may write to", "/tmp"],
    ])("%s: the canary is gone, and a warning says what was not written", async (_, workdir) => {
      const { bootId } = await activated(host, "--watch-unit", "none");
      const document = await ran<RollbackDocument>(host.qscWith({ workdir }, "rollback"));
      expect(document.warnings.join(" ")).toContain(workdir);
      expect(existsSync(host.dropIn), "the drop-in").toBe(false);
      const { canary, bootId: served } = await host.newestDecision();
      expect({ canary, isNew: served !== bootId }).toEqual({ canary: null, isNew: true });
      expect(existsSync(`${workdir}/data/qsc_canary_state.json`)).toBe(false);
      expect(await ran<RollbackDocument>(host.qsc("rollback"))).toMatchObject({ code: 0 });
      await expectBaseline(host, bootId, BASELINE_WEIGHTS);
    });
  });
});
