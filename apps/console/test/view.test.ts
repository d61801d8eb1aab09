import type { CanaryState } from "@qsc/contract";
import type { ListedReport, Observation, TelemetrySight } from "@qsc/rollout";
import { describe, expect, test, vi } from "vitest";
import { Live } from "../src/live.js";
import { segmentsTeller } from "../src/segments-teller.js";
import { headlineOf } from "../src/view/headline.js";
import { pastOf } from "../src/view/past.js";
import { ViewMaker } from "../src/view/view.js";

const NOW = Date.parse("2026-11-30T12:00:00.000Z");
const READ: TelemetrySight = { outage: null, outageSinceMs: null, hasRead: true, newest: null };
const VERSIONS = { past: 1, segments: 1 };
const NO_LOG: Observation["audit"] = { entries: [], canaries: [], problem: null };

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function stateOf(phase: "canary" | "eligible" | "promoted", lastJudgedAt: string | null): CanaryState {
  return {
    version: 1,
    unit: "u",
    operation: "o",
    updatedAt: iso(NOW),
    phase,
    canary: {
      model: "m",
      share: 0.5,
      weights: { m: 0.5, n: 0.5 },
      baseline: { n: 1 },
      models: {},
      formerBoot: null,
      policyHash: "",
    },
    watch: {
      cutover: iso(NOW - 60_000),
      startedAt: iso(NOW - 60_000),
      cursor: null,
      watchedMs: 60_000,
      durationMs: 3_600_000,
      judgements: 1,
      events: 1,
      lastJudgedAt,
      worst: [],
    },
    evidence: null,
  };
}

function seen(state: CanaryState): Observation {
  return { state: { kind: "state", state }, audit: NO_LOG };
}

type Canary = Observation["audit"]["canaries"][number];

function pastCanary(activatedAt: string, outcome: Canary["outcome"], at: string): Canary {
  const rest = { user: "ops", host: "h", share: 0.1 as const, watchedMs: null, lastHash: null, activation: "o1" };
  return { model: "m", activatedAt, outcome, at, reason: "why", ...rest };
}

describe("the headline", () => {
  test.each([
    [0, "CANARY"],
    [35_000, "CANARY"],
    [35_001, "NOT JUDGED"],
  ])("a canary that was judged %i ms ago: %s", (agoMs, word) => {
    expect(headlineOf(seen(stateOf("canary", iso(NOW - agoMs))), READ, NOW).word).toBe(word);
    expect(headlineOf(seen(stateOf("eligible", iso(NOW - agoMs))), READ, NOW).tone).toBe(
      word === "CANARY" ? "good" : "bad",
    );
  });

  test("a canary that was never judged is as old as its watch, and a time that is none is stale", () => {
    expect(headlineOf(seen(stateOf("canary", null)), READ, NOW).word).toBe("NOT JUDGED");
    expect(headlineOf(seen(stateOf("canary", "soon")), READ, NOW).word).toBe("NOT JUDGED");
  });

  test("nothing is good while the telemetry cannot be read, or the state cannot", () => {
    const dark: TelemetrySight = { ...READ, outage: "gone", outageSinceMs: NOW };
    expect(headlineOf(seen(stateOf("canary", iso(NOW))), dark, NOW)).toMatchObject({ word: "OUTAGE", tone: "bad" });
    const broken: Observation = { state: { kind: "broken", detail: "odd" }, audit: NO_LOG };
    expect(headlineOf(broken, READ, NOW)).toMatchObject({ word: "UNKNOWN", tone: "unknown" });
  });

  test("a canary is not watched because its last judgement is dated later than now", () => {
    expect(headlineOf(seen(stateOf("canary", iso(NOW + 36_000))), READ, NOW)).toMatchObject({
      word: "UNKNOWN",
      tone: "unknown",
    });
    expect(headlineOf(seen(stateOf("canary", iso(NOW + 35_000))), READ, NOW).word).toBe("CANARY");
  });

  test("nothing is good before the telemetry has been read", () => {
    const unread: TelemetrySight = { ...READ, hasRead: false };
    for (const phase of ["canary", "eligible"] as const)
      expect(headlineOf(seen(stateOf(phase, iso(NOW))), unread, NOW)).toMatchObject({
        word: "NOT READ YET",
        tone: "unknown",
      });
  });

  test("without a state, a log that is not reliable does not say that the baseline serves", () => {
    const canaries = [pastCanary(iso(NOW - 9000), "promoted", iso(NOW - 5000))];
    for (const audit of [
      { ...NO_LOG, problem: "EACCES" },
      { ...NO_LOG, canaries, problem: "line 5 is broken" },
    ])
      expect(headlineOf({ state: { kind: "absent" }, audit }, READ, NOW)).toMatchObject({
        word: "UNKNOWN",
        tone: "unknown",
      });
  });

  test("a baseline whose log says otherwise is unknown", () => {
    const last = pastCanary(iso(NOW - 9000), "canary", iso(NOW - 9000));
    const observation: Observation = { state: { kind: "absent" }, audit: { ...NO_LOG, canaries: [last] } };
    expect(headlineOf(observation, READ, NOW)).toMatchObject({ word: "UNKNOWN", tone: "unknown" });
  });

  test("how the last canary ended stays to be seen", () => {
    const over = (outcome: Canary["outcome"]): string =>
      headlineOf(
        {
          state: { kind: "absent" },
          audit: { ...NO_LOG, canaries: [pastCanary(iso(NOW - 9000), outcome, iso(NOW))] },
        },
        READ,
        NOW,
      ).word;
    expect([over("rolled_back"), over("rollback_failed"), over("promoted")]).toEqual([
      "ROLLED BACK",
      "ROLLBACK FAILED",
      "BASELINE",
    ]);
  });
});

test("weights that the engine does not report are unknown, and not those that are expected", () => {
  const sight = { observation: seen(stateOf("canary", iso(NOW))), telemetry: READ, reports: [] };
  const { models, facts } = new ViewMaker().make(sight, NOW, VERSIONS);
  expect(models.map(({ model, weight, answer }) => [model, weight, answer])).toEqual([
    ["m", "not reported; 50 % expected", "absent"],
    ["n", "not reported; 50 % expected", "absent"],
  ]);
  expect(facts).toContainEqual({ name: "newest decision", text: "none seen yet" });
});

test("a state that cannot be read is not said to have no canary", () => {
  const phaseOf = (state: Observation["state"]) =>
    new ViewMaker()
      .make({ observation: { state, audit: NO_LOG }, telemetry: READ, reports: [] }, NOW, VERSIONS)
      .facts.find(({ name }) => name === "phase")?.text;
  expect(phaseOf({ kind: "broken", detail: "odd" })).toBe("unknown");
  expect(phaseOf({ kind: "absent" })).toBe("there is no state file");
});

test("a canary has the reports from its activation until shortly after its end, and no others", () => {
  const at = (minutes: number): string => iso(NOW + minutes * 60_000);
  const report = (minutes: number | null): ListedReport => ({
    base: `r${minutes}`,
    of: "rollback",
    at: minutes === null ? null : at(minutes),
    forms: ["html"],
  });
  const reports = [report(null), report(-1), report(0), report(9), report(24), report(26), report(40), report(70)];
  const canaries = [
    pastCanary(at(0), "rolled_back", at(10)),
    pastCanary(at(30), "unknown", at(31)),
    pastCanary(at(60), "canary", at(60)),
  ];
  const past = pastOf({
    observation: { state: { kind: "absent" }, audit: { ...NO_LOG, canaries } },
    telemetry: READ,
    reports,
  });
  expect(past.canaries.map((each) => each.reports.map(({ names }) => names[0]))).toEqual([
    ["r70.html"],
    ["r40.html"],
    ["r0.html", "r9.html", "r24.html"],
  ]);
  expect(past.reports).toHaveLength(8);
});

test("symbols are told of at most every 5 s, and a change in between is told then", () => {
  let now = 0;
  const live = new Live({ send: () => undefined }, () => now);
  const told = (state: Observation): number => {
    const sight = { observation: state, telemetry: READ, reports: [] };
    const [, text = ""] = /^data: (.*)$/m.exec(live.viewOf(sight)) ?? [];
    return (JSON.parse(text) as { readonly segments: number }).segments;
  };
  const [first, second] = [seen(stateOf("canary", iso(NOW))), seen(stateOf("canary", iso(NOW + 1000)))];
  expect(told(first)).toBe(1);
  now = 4999;
  expect(told(second)).toBe(1);
  now = 5000;
  expect(told(second)).toBe(2);
  now = 50_000;
  expect(told(second)).toBe(2);
});

test("a page is told of what has changed, and of a judgement that grows old while nothing does", () => {
  vi.useFakeTimers({ now: NOW });
  try {
    const sent: string[] = [];
    const live = new Live({ send: (text) => sent.push(text) });
    const sight = { observation: seen(stateOf("canary", iso(NOW))), telemetry: READ, reports: [] };
    live.show(sight);
    live.show(sight);
    expect(sent).toHaveLength(1);
    live.show({ ...sight, telemetry: { ...READ, outage: "gone", outageSinceMs: NOW } });
    live.show(sight);
    expect(sent.map((text) => /"word":"([A-Z ]+)"/.exec(text)?.[1])).toEqual(["CANARY", "OUTAGE", "CANARY"]);
    vi.setSystemTime(NOW + 35_001);
    live.show(sight);
    expect(sent.at(-1)).toContain('"word":"NOT JUDGED"');
  } finally {
    vi.useRealTimers();
  }
});

test("symbols are read once for each state, and once for those who ask meanwhile", async () => {
  let [asked, state] = [0, seen(stateOf("canary", iso(NOW)))];
  const policy = (): Promise<never> => {
    asked += 1;
    return Promise.reject(new Error("no policy"));
  };
  const said: string[] = [];
  const feed = { look: () => Promise.resolve({ observation: state, telemetry: READ, reports: [] }) };
  const tell = segmentsTeller(feed, policy, (sentence) => said.push(sentence));
  const [text] = await Promise.all([tell(), tell(), tell()]);
  expect(asked).toBe(1);
  expect(JSON.parse(text)).toMatchObject({ problem: expect.stringContaining("cannot be used") as string });
  state = seen(stateOf("canary", iso(NOW + 1000)));
  await tell();
  expect([asked, said.length]).toEqual([2, 1]);
});
