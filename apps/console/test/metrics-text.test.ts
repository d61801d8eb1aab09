import { TelemetryTally } from "@qsc/report/metrics";
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

function textOf(isDeadManArmed: () => Promise<boolean>): Promise<string> {
  const place = { workdir: "/none", unit: "engine.service" };
  return new MetricsText({ place, toolVersion: "1.2.3", isDeadManArmed }, FEED).text();
}

test("a service manager that does not answer holds up no scrape, and its answer is absent", async () => {
  const text = await textOf(() => new Promise(() => undefined));
  expect(text).toContain("qsc_telemetry_up 1");
  expect(text).not.toContain("qsc_dead_man_armed");
});

test("one that answers, or cannot be asked", async () => {
  expect(await textOf(() => Promise.resolve(true))).toContain("qsc_dead_man_armed 1");
  expect(await textOf(() => Promise.reject(new Error("gone")))).not.toContain("qsc_dead_man_armed");
});
