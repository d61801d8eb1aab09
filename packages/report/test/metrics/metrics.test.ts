import { type AuditEntry, type CanaryState, type Intent, type ModelReading, type WatchProgress } from "@qsc/contract";
import { describe, expect, test } from "vitest";
import { familiesOf, MOST_MODELS, TelemetryTally, toExposition, type Measured } from "../../src/metrics/index.js";
import { HOSTILE } from "../hostile.js";

const NOTHING: Measured = {
  toolVersion: "1.2.3",
  unit: "engine.service",
  state: "absent",
  log: [],
  deadManArmed: null,
  telemetry: null,
  notifications: null,
};
const AT = "2026-11-30T12:00:00.000Z";

function watchOf(names: readonly string[]): WatchProgress {
  return {
    cutover: AT,
    startedAt: AT,
    cursor: "1-0",
    watchedMs: 60_500,
    durationMs: 3_600_000,
    judgements: 7,
    events: 300,
    lastJudgedAt: null,
    worst: [
      ...names.map((model) => ({ model, check: "dead_zone", value: 0.5, limit: 1, margin: 0.5, at: AT })),
      { model: null, check: "rejected_events", value: 0.02, limit: 0.01, margin: -1, at: AT },
    ],
    history: [
      {
        at: AT,
        watchedMs: 60_000,
        margins: names.map((model) => ({ model, check: "dead_zone", margin: 0.25 })),
        evidence: names.map((model) => ({ model, check: "dead_zone", part: 0.125 })),
      },
    ],
  };
}

function stateOf(names: readonly string[]): CanaryState {
  const [model = "m"] = names;
  return {
    version: 1,
    unit: "engine.service",
    operation: "o",
    updatedAt: AT,
    phase: "canary",
    canary: { model, share: 0.1, weights: {}, baseline: {}, models: {}, formerBoot: null, policyHash: "0" },
    watch: watchOf(names),
    evidence: null,
  };
}

function decision(readings: readonly Partial<ModelReading>[]): Intent {
  const models = readings.map((reading) => ({
    model: "m",
    nonPrediction: null,
    voted: true,
    action: "BUY",
    confidence: 0.5,
    latencyMs: null,
    artifactSha256: null,
    ...reading,
  }));
  // What the tally does not read is left out.
  return { kind: "intent", id: "1-0", models } as unknown as Intent;
}

function entry(event: AuditEntry["event"]): AuditEntry {
  const rest = { unit: "engine.service", operation: "o", host: "h", user: "u", details: {}, torn: null };
  return { version: 1, number: 1, at: AT, event, ...rest, previous: "0", hash: "0" };
}

function exposed(measured: Partial<Measured>): string {
  return toExposition(familiesOf({ ...NOTHING, ...measured }));
}

function valueOf(text: string, series: string): string | undefined {
  return text.split("\n").flatMap((line) => (line.startsWith(`${series} `) ? [line.slice(series.length + 1)] : []))[0];
}

describe("the metrics of a canary", () => {
  test("what is unknown is absent, and never 0", () => {
    const text = exposed({ state: "unknown", log: "unreliable" });
    expect(valueOf(text, 'qsc_canary_phase{phase="unknown"}')).toBe("1");
    expect(valueOf(text, "qsc_audit_log_reliable")).toBe("0");
    for (const name of [
      "canary_live",
      "dead_man_armed",
      "canary_judgements",
      "rollbacks",
      "telemetry_up",
      "activations",
    ])
      expect(text).not.toContain(`qsc_${name}`);
  });

  test("a state that was never written is not a baseline, unless the log tells of it", () => {
    expect(valueOf(exposed({}), 'qsc_canary_phase{phase="unrecorded"}')).toBe("1");
    expect(exposed({})).not.toContain("qsc_canary_live");
    const told = exposed({ log: [entry("rollback")] });
    expect(valueOf(told, 'qsc_canary_phase{phase="baseline"}')).toBe("1");
    expect(valueOf(told, "qsc_canary_live")).toBe("0");
  });

  test.each(["activate", "promote", "eligible", "rollback_failed", "dead_man_armed"] as const)(
    "a canary whose log ends with %s is not over because its state is gone",
    (event) => {
      const text = exposed({ log: [entry("activate"), entry(event), entry("deploy")] });
      expect(valueOf(text, 'qsc_canary_phase{phase="unknown"}')).toBe("1");
      expect(text).not.toContain("qsc_canary_live");
    },
  );

  test("deployments alone are a baseline", () => {
    expect(valueOf(exposed({ log: [entry("deploy")] }), "qsc_canary_live")).toBe("0");
  });

  test("a watch is in seconds and ratios, and an absent judgement has no time", () => {
    const text = exposed({ state: stateOf(["xgb"]), deadManArmed: false });
    expect(valueOf(text, "qsc_canary_live")).toBe("1");
    expect(valueOf(text, 'qsc_canary_share_ratio{model="xgb"}')).toBe("0.1");
    expect(valueOf(text, "qsc_canary_watched_seconds")).toBe("60.5");
    expect(valueOf(text, "qsc_canary_watch_remaining_seconds")).toBe("3539.5");
    expect(valueOf(text, "qsc_canary_watch_start_timestamp_seconds")).toBe(String(Date.parse(AT) / 1000));
    expect(valueOf(text, 'qsc_canary_worst_margin_ratio{model="xgb",check="dead_zone"}')).toBe("0.5");
    expect(valueOf(text, 'qsc_telemetry_worst_margin_ratio{check="rejected_events"}')).toBe("-1");
    expect(valueOf(text, 'qsc_canary_nearest_margin_ratio{model="xgb"}')).toBe("0.25");
    expect(valueOf(text, 'qsc_canary_evidence_ratio{model="xgb",check="dead_zone"}')).toBe("0.125");
    expect(valueOf(text, "qsc_dead_man_armed")).toBe("0");
    expect(text).not.toContain("qsc_canary_last_judgement_timestamp_seconds");
  });

  test("what waits is told for each channel, and what is unknown of notifications is absent", () => {
    const told = exposed({
      notifications: {
        aliveAt: AT,
        channels: [
          { channel: "on-call", kind: "slack", waiting: 3, since: AT, isFailing: true },
          { channel: "mail", kind: "smtp", waiting: 0, since: null, isFailing: false },
        ],
      },
    });
    expect(valueOf(told, 'qsc_notifications_waiting{channel="on-call",kind="slack"}')).toBe("3");
    expect(valueOf(told, 'qsc_notification_oldest_timestamp_seconds{channel="on-call",kind="slack"}')).toBe(
      String(Date.parse(AT) / 1000),
    );
    expect(valueOf(told, 'qsc_notification_channel_failing{channel="mail",kind="smtp"}')).toBe("0");
    expect(told).not.toContain('qsc_notification_oldest_timestamp_seconds{channel="mail"');
    for (const name of ["notifications_waiting", "notification_channel_failing", "notifier_alive_timestamp_seconds"])
      expect(exposed({ notifications: null })).not.toContain(`qsc_${name}`);
    expect(exposed({ notifications: { aliveAt: "soon", channels: [] } })).not.toContain("qsc_notifier_alive");
  });

  test("rollbacks are counted by what came of them", () => {
    const text = exposed({ log: [entry("activate"), entry("rollback_failed"), entry("rollback")] });
    expect(valueOf(text, 'qsc_rollbacks_total{outcome="proven"}')).toBe("1");
    expect(valueOf(text, 'qsc_rollbacks_total{outcome="failed"}')).toBe("1");
    expect(valueOf(text, "qsc_activations_total")).toBe("1");
    expect(valueOf(text, "qsc_last_rollback_timestamp_seconds")).toBe(String(Date.parse(AT) / 1000));
  });

  const after = (event: AuditEntry["event"], seconds: number, details: AuditEntry["details"] = {}): AuditEntry => ({
    ...entry(event),
    at: new Date(Date.parse(AT) + seconds * 1000).toISOString(),
    details,
  });
  const DURATION = "qsc_last_rollback_duration_seconds";

  test.each<[string, readonly AuditEntry[], string | undefined]>([
    ["one attempt", [after("activate", 0), after("rollback", 60, { tookMs: 4250 })], "4.25"],
    [
      "its failed attempts, too",
      [
        after("activate", 0),
        after("rollback_failed", 60, { tookMs: 30_000 }),
        after("dead_man_armed", 65),
        after("rollback_failed", 120, { tookMs: 30_000 }),
        after("rollback", 140, { tookMs: 5000 }),
      ],
      "110",
    ],
    ["the newest alone", [after("rollback", 0, { tookMs: 9000 }), after("rollback", 60, { tookMs: 2000 })], "2"],
    ["one that is not over yet", [after("activate", 0), after("rollback_failed", 60, { tookMs: 30_000 })], "30"],
    [
      "the newest, whatever came after it",
      [after("rollback", 60, { tookMs: 2000 }), after("deploy", 70), after("activate", 80)],
      "2",
    ],
    ["none, of a log without a rollback", [after("activate", 0)], undefined],
    ["none, of one that an earlier version logged", [after("rollback", 60)], undefined],
    ["none, if it is not a number", [after("rollback", 60, { tookMs: "4250" })], undefined],
    [
      "none, if the clock was set back",
      [after("rollback_failed", 60, { tookMs: 1000 }), after("rollback", 10, { tookMs: 1000 })],
      undefined,
    ],
  ])("the duration of a rollback is that of %s", (_, log, wanted) => {
    expect(valueOf(exposed({ log }), DURATION)).toBe(wanted);
  });

  test("hostile names stay inside their label, on one line, and no series stands twice", () => {
    // The last two look the same once they are inert.
    const names = ['a"} 1\nb', "back\\slash", ...HOSTILE.slice(0, 20), "\u001b", String.raw`\u{1b}`];
    const text = exposed({ state: stateOf(names) });
    const lines = text.trimEnd().split("\n");
    for (const line of lines.filter((each) => !each.startsWith("#")))
      expect(line).toMatch(/^[a-z_]+(\{([a-z]+="([^"\\\n]|\\\\|\\")*",?)*\})? \S+$/u);
    const series = lines.flatMap((line) => (line.startsWith("#") ? [] : [line.slice(0, line.lastIndexOf(" "))]));
    expect(new Set(series).size).toBe(series.length);
  });

  test("no more series come than a bound, however many models and reasons there are", () => {
    const tally = new TelemetryTally();
    for (let index = 0; index < 200; index += 1) {
      tally.add(decision([{ model: `m${index}` }, { model: "m0", nonPrediction: `inactive: reason ${index}` }]));
    }
    const telemetry = { tally, up: true, outageSeconds: 0, newestDecisionMs: null, weights: null };
    const text = exposed({ telemetry, state: stateOf(Array.from({ length: 200 }, (_, index) => `m${index}`)) });
    expect(text.match(/^qsc_model_predictions_total\{/gm)).toHaveLength(MOST_MODELS);
    expect(text.match(/^qsc_canary_worst_margin_ratio\{/gm)).toHaveLength(MOST_MODELS);
    expect(Number(valueOf(text, "qsc_telemetry_models_omitted"))).toBeGreaterThan(0);
    const reasons = text.match(/^qsc_model_non_predictions_total\{model="m0".*$/gm) ?? [];
    expect(reasons.length).toBeLessThan(20);
    // None is lost: what has no row of its own is counted as other.
    expect(reasons.map((line) => Number(line.split(" ").at(-1))).reduce((sum, each) => sum + each, 0)).toBe(200);
  });

  test("latencies fall into cumulative buckets; one that is not a number does not count", () => {
    const tally = new TelemetryTally();
    tally.add(
      decision([{ latencyMs: 2 }, { latencyMs: 400 }, { latencyMs: Number.NaN }, { latencyMs: { invalid: "x" } }]),
    );
    const text = exposed({
      telemetry: { tally, up: null, outageSeconds: null, newestDecisionMs: null, weights: null },
    });
    expect(valueOf(text, 'qsc_model_latency_seconds_bucket{model="m",le="0.0025"}')).toBe("1");
    expect(valueOf(text, 'qsc_model_latency_seconds_bucket{model="m",le="0.25"}')).toBe("1");
    expect(valueOf(text, 'qsc_model_latency_seconds_bucket{model="m",le="+Inf"}')).toBe("2");
    expect(valueOf(text, 'qsc_model_latency_seconds_sum{model="m"}')).toBe("0.402");
    expect(valueOf(text, 'qsc_model_predictions_total{model="m"}')).toBe("4");
  });
});
