import type { Intent } from "@qsc/contract";
import { TelemetryTally, type MeasuredNotifications } from "@qsc/report/metrics";
import { expect, test } from "vitest";
import { MetricsText } from "../src/metrics-text.js";

const FEED = {
  tally: new TelemetryTally(),
  look: () =>
    Promise.resolve({
      observation: { state: { kind: "absent" }, audit: { entries: [], canaries: [], problem: null } },
      telemetry: { outage: null, outageSinceMs: null, hasRead: true, newest: null },
      reports: [],
    } as const),
};

function textOf(
  isDeadManArmed: () => Promise<boolean>,
  feed: ConstructorParameters<typeof MetricsText>[1] = FEED,
): Promise<string> {
  const place = { workdir: "/none", unit: "engine.service" };
  const notifications = (): Promise<MeasuredNotifications> => Promise.resolve({ aliveAt: null, channels: [] });
  return new MetricsText({ place, toolVersion: "1.2.3", isDeadManArmed, notifications }, feed).text();
}

test("weights are those of now: none, while the telemetry cannot be read", async () => {
  // What the metrics do not read is left out.
  const newest = { id: "1764500000000-0", engine: { weights: new Map([["xgb", 0.1]]) } } as unknown as Intent;
  const seen = async (outage: string | null): Promise<string> => {
    const sight = await FEED.look();
    const telemetry = { outage, outageSinceMs: outage === null ? null : 1, hasRead: true, newest };
    return await textOf(() => Promise.resolve(true), {
      ...FEED,
      look: () => Promise.resolve({ ...sight, telemetry }),
    });
  };
  expect(await seen(null)).toContain('qsc_model_weight_ratio{model="xgb"} 0.1');
  const dark = await seen("gone");
  expect(dark).not.toContain("qsc_model_weight_ratio");
  expect(dark).toContain("qsc_telemetry_up 0");
  expect(dark).toContain("qsc_telemetry_newest_decision_timestamp_seconds 1764500000");
});

test("a service manager that does not answer holds up no scrape, and its answer is absent", async () => {
  const text = await textOf(() => new Promise(() => undefined));
  expect(text).toContain("qsc_telemetry_up 1");
  expect(text).not.toContain("qsc_dead_man_armed");
});

test("one that answers, or cannot be asked", async () => {
  expect(await textOf(() => Promise.resolve(true))).toContain("qsc_dead_man_armed 1");
  expect(await textOf(() => Promise.reject(new Error("gone")))).not.toContain("qsc_dead_man_armed");
});
