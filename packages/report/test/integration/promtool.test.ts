import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { describeRequiring, requireCommands } from "@qsc-tooling/testkit";
import { expect, test } from "vitest";
import { TelemetryTally, familiesOf, toExposition } from "../../src/metrics/index.js";
import { HOSTILE } from "../hostile.js";

describeRequiring(requireCommands("promtool"), "promtool check metrics", (promtool) => {
  test("has nothing to say of all metrics, whatever the models are called", async () => {
    const tally = new TelemetryTally();
    const model = {
      nonPrediction: null,
      voted: true,
      action: "BUY",
      confidence: 0.5,
      latencyMs: 3,
      artifactSha256: null,
    };
    for (const name of HOSTILE) {
      const models = [
        { ...model, model: name },
        { ...model, model: name, nonPrediction: name },
      ];
      tally.add({ kind: "intent", id: "1-0", models } as unknown as Parameters<TelemetryTally["add"]>[0]);
    }
    tally.add({ kind: "rejected", id: null, place: "line 1", reason: "too_deep", detail: "" });
    const families = familiesOf({
      toolVersion: "1",
      unit: 'u"\n',
      state: "absent",
      log: [],
      deadManArmed: true,
      notifications: {
        aliveAt: "2026-11-30T12:00:00.000Z",
        channels: [
          { channel: "on-call", kind: "slack", waiting: 2, since: "2026-11-30T11:59:00.000Z", isFailing: true },
        ],
      },
      telemetry: { tally, up: true, outageSeconds: 0, newestDecisionMs: 1, weights: { [HOSTILE[0] ?? "m"]: 1 } },
    });
    const child = spawn(promtool, ["check", "metrics"]);
    child.stdin.end(toExposition(families));
    const [said, printed] = await Promise.all([text(child.stderr), text(child.stdout), once(child, "close")]);
    expect(`${said}${printed}`).toBe("");
    expect(child.exitCode).toBe(0);
  });
});
