import {
  BASELINE_WEIGHTS,
  CanaryHost,
  describeRequiring,
  requireRedis,
  requireSystemd,
  type FaultName,
} from "@qsc-tooling/testkit";
import type { MonitorDocument } from "@qsc/contract";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { expectBaseline } from "./support/baseline.js";
import { activated, checksOf, ran, watched } from "./support/life.js";

/** Faults that a single decision shows, and that concern the whole telemetry. */
const FAULTS: readonly FaultName[] = ["invalid_confidence", "unknown_label", "weights_mismatch", "rejected_events"];

describeRequiring(requireSystemd(), "a canary whose telemetry cannot be trusted", () => {
  describeRequiring(requireRedis(), "on a real Redis", () => {
    let host: CanaryHost;
    beforeAll(async () => {
      host = await CanaryHost.start({
        engine: { kind: "scripted", rate: 200, seed: 20_260_112 },
        service: ["Restart=on-failure", "RestartSec=100ms"],
      });
    });
    afterEach(() => host.tell(null));
    afterAll(() => host[Symbol.asyncDispose]());

    test.each(FAULTS)("%s: rolled back for that", async (fault) => {
      const { bootId } = await activated(host);
      const { ended } = host.startQsc("monitor", "--interval", "1s");
      await watched(host, 1);
      await host.tell(fault);
      const document = await ran<MonitorDocument>(ended);
      expect(document).toMatchObject({ code: 2, outcome: "rolled_back" });
      expect(checksOf(document), document.violations.join("\n")).toContain(fault);
      await expectBaseline(host, bootId, BASELINE_WEIGHTS);
    });

    test("an engine that was killed and came back with the canary: rolled back for engine_restarts", async () => {
      const { bootId } = await activated(host);
      const { ended } = host.startQsc("monitor", "--interval", "1s");
      await watched(host, 1);
      await host.systemd.run("systemctl", "kill", "--signal=KILL", host.unit);
      const document = await ran<MonitorDocument>(ended);
      expect(document).toMatchObject({ code: 2, outcome: "rolled_back" });
      expect(checksOf(document), document.violations.join("\n")).toEqual(["engine_restarts"]);
      await expectBaseline(host, bootId, BASELINE_WEIGHTS);
    });
  });
});
