import { seededTelemetry, type Draft } from "@qsc-tooling/testkit";
import { describe, expect, test } from "vitest";
import { diagnose, featureSanity, scoreboard, type JournalOf } from "../src/index.js";
import { ALL, judgementContext, sourceOf } from "./support.js";

const START = Date.UTC(2026, 0, 5, 9);
const LATER = START + 86_400_000;
const telemetry = (mutate: (draft: Draft, index: number) => void = () => undefined, count = 300) =>
  seededTelemetry({ seed: 8, count, startMs: START, intervalMs: 1000, mutate }).entries;
const board = (mutate?: (draft: Draft, index: number) => void) =>
  scoreboard(sourceOf(telemetry(mutate)), ALL, judgementContext(LATER));
const LABELS = ["BUY", "SELL", "HOLD"];

describe("scoreboard", () => {
  test("all GO is exit 0", async () => {
    const document = await board();
    expect([document.verdict, document.exitCode]).toEqual(["pass", 0]);
    expect(document.models.map(({ status }) => status)).toEqual(["GO", "GO", "GO", "GO"]);
  });

  test("one failing model is NO-GO and exit 2; the others stay GO", async () => {
    const document = await board((draft) => {
      Object.assign(draft.modelBreakdown["nhits"] ?? {}, { confidence: 0.5 });
    });
    expect(document.exitCode).toBe(2);
    expect(Object.fromEntries(document.models.map(({ model, status }) => [model, status]))).toEqual({
      lightgbm: "GO",
      nhits: "NO-GO",
      patchtst: "GO",
      xgboost: "GO",
    });
  });

  test("an ensemble out of range makes healthy models WAIT", async () => {
    const document = await board((draft, index) => {
      Object.values(draft.modelBreakdown).forEach((answer, model) => (answer["action"] = LABELS[(index + model) % 3]));
    });
    expect(document.models.every(({ verdict, status }) => verdict === "pass" && status === "WAIT")).toBe(true);
    expect(document.exitCode).toBe(2);
    expect(document.reasons.join()).toMatch(/agreement: .*hard_disagreement: /);
  });

  test("an ensemble of one is unmeasured: WAIT", async () => {
    const document = await board((draft) => {
      draft.modelBreakdown = { xgboost: draft.modelBreakdown["xgboost"] ?? {} };
      draft.payload["weights"] = { xgboost: 1 };
    });
    expect(document.models.map(({ status }) => status)).toEqual(["WAIT"]);
    expect(document.ensemble.agreement).toBeNull();
  });

  test("telemetry that cannot be trusted makes every model NO-GO", async () => {
    const document = await board((draft, index) => {
      if (index < 150) draft.payload["build"] = "older";
    });
    expect(document.models.every(({ status }) => status === "NO-GO")).toBe(true);
  });
});

describe("feature sanity", () => {
  const sanity = (mutate?: (draft: Draft, index: number) => void, count?: number) =>
    featureSanity(sourceOf(telemetry(mutate, count)), { ...ALL, manifest: null }, judgementContext(LATER));

  test("living features pass", async () => {
    const document = await sanity();
    expect([document.verdict, document.exitCode, document.reasons]).toEqual(["pass", 0, []]);
  });

  test("50 events are enough, 49 are not", async () => {
    expect((await sanity(undefined, 50)).exitCode).toBe(0);
    expect((await sanity(undefined, 49)).exitCode).toBe(2);
  });

  test("a NaN once fails, with its place", async () => {
    const document = await sanity((draft, index) => {
      const [name = ""] = Object.keys(draft.features);
      if (index === 250) draft.features[name] = Number.NaN;
    });
    expect(document.exitCode).toBe(2);
    expect(document.reasons.join()).toContain(`feature_not_finite: NaN or infinite: `);
  });

  test("an entry without features fails", async () => {
    const document = await sanity((draft, index) => {
      if (index === 3) draft.features = {};
    });
    expect(document.reasons.join()).toContain("missing_feature");
  });
});

/** A unit whose process has written these lines. */
function journalOf(...messages: readonly string[]): JournalOf {
  const services = {
    state: () => Promise.resolve({ load: "loaded", active: "active", invocationId: "0" }),
    journal: async function* () {
      for (const message of messages) yield await Promise.resolve({ message });
    },
  };
  // A manager that is only asked for the journal.
  return { unit: "engine.service", services: services as unknown as Extract<JournalOf, { unit: string }>["services"] };
}

describe("diagnosis", () => {
  const of = async (
    model: string,
    mutate: (draft: Draft, index: number) => void,
    afterMs: number | null = null,
    journal: JournalOf = { skipped: "a recording" },
  ) => {
    const document = await diagnose(
      sourceOf(telemetry(mutate, 600)),
      { ...ALL, afterMs, model, journal },
      judgementContext(LATER),
    );
    expect(document.exitCode).toBe(0);
    const [found] = document.models;
    if (found === undefined) throw new Error("no diagnosis");
    return found;
  };

  test.each<[string, (draft: Draft) => void, RegExp]>([
    ["frozen", (draft) => Object.assign(draft.modelBreakdown["nhits"] ?? {}, { confidence: 0.615 }), /frozen/],
    [
      "inactive",
      (draft) =>
        Object.assign(draft.modelBreakdown["nhits"] ?? {}, { status: "inactive", inactive_reason: "hash_mismatch" }),
      /inactive all the time/,
    ],
    [
      "absent",
      (draft) => {
        draft.modelBreakdown = { xgboost: draft.modelBreakdown["xgboost"] ?? {} };
      },
      /does not appear/,
    ],
    [
      "logits",
      (draft) => Object.assign(draft.modelBreakdown["nhits"] ?? {}, { confidence: 2.5 }),
      /not numbers in \[0, 1\]/,
    ],
    [
      "labels",
      (draft) => Object.assign(draft.modelBreakdown["nhits"] ?? {}, { action: "LONG" }),
      /labels that the policy does not know/,
    ],
    [
      "one label",
      (draft) => Object.assign(draft.modelBreakdown["nhits"] ?? {}, { action: "HOLD" }),
      /collapsed to one label/,
    ],
    [
      "fallback",
      (draft) => Object.assign(draft.modelBreakdown["nhits"] ?? {}, { model: "nhits_fallback" }),
      /silent fallback/,
    ],
    ["slow", (draft) => Object.assign(draft.modelBreakdown["nhits"] ?? {}, { latency_ms: 2000 }), /too late/],
    ["healthy", () => undefined, /nothing wrong/],
  ])("%s", async (_name, mutate, cause) => {
    const found = await of("nhits", mutate);
    expect(found.cause).toMatch(cause);
    expect(found.nextStep.length).toBeGreaterThan(10);
  });

  test("if the engine's journal says why, so does the cause", async () => {
    const inactive = (draft: Draft) =>
      Object.assign(draft.modelBreakdown["nhits"] ?? {}, { status: "inactive", inactive_reason: "hash_mismatch" });
    const own = journalOf(
      "[NHiTS] QSC FAIL-CLOSED: another file; inactive_reason=hash_mismatch",
      "[XGB] QSC FAIL-CLOSED: late; inactive_reason=timeout",
    );
    expect((await of("nhits", inactive, null, own)).cause).toBe(
      "The engine takes the model out of the vote, and its journal says why: hash_mismatch (1 x).",
    );
    expect(
      (await of("nhits", inactive, null, journalOf("[XGB] QSC FAIL-CLOSED: late; inactive_reason=timeout"))).cause,
    ).toMatch(/inactive all the time/);
    const collapsed = (draft: Draft) => Object.assign(draft.modelBreakdown["nhits"] ?? {}, { action: "BUY" });
    expect((await of("nhits", collapsed, null, journalOf("[NHiTS] DRIFT DETECTED: PSI=1.000"))).cause).toMatch(
      /journal says that its features have drifted/,
    );
  });

  test("drift since the cutover is measured and named", async () => {
    const cutover = START + 300_000;
    const drifted = await of(
      "nhits",
      (draft, index) => {
        if (index >= 300) Object.assign(draft.modelBreakdown["nhits"] ?? {}, { action: "BUY" });
      },
      cutover,
    );
    expect(drifted.drift?.labels).toBeGreaterThan(0.25);
    expect(drifted.cause).toContain("drifted since the cutover");
    expect((await of("nhits", () => undefined)).drift).toBeNull();
    const moved = await of(
      "nhits",
      (draft, index) => {
        const answer = draft.modelBreakdown["nhits"] ?? {};
        if (index >= 300 && answer["action"] === "HOLD" && index % 4 !== 0)
          answer["action"] = index % 2 === 0 ? "BUY" : "SELL";
      },
      cutover,
    );
    expect([moved.verdict, moved.cause]).toEqual([
      "pass",
      "The model's output is within its limits, but it has drifted since the cutover.",
    ]);
  });

  test("each label's range of confidence, and the threshold between trading and holding", async () => {
    const found = await of("nhits", (draft, index) => {
      const confidence = 0.3 + ((index * 37) % 600) / 1000;
      const action = confidence < 0.6 ? "HOLD" : index % 2 === 0 ? "BUY" : "SELL";
      Object.assign(draft.modelBreakdown["nhits"] ?? {}, { action, confidence });
    });
    expect(found.inferredThreshold).toBeCloseTo(0.6, 9);
    expect(found.deadZoneShare).toBeCloseTo(0.5, 2);
    const hold = found.actions.find(({ action }) => action === "HOLD");
    expect(hold).toMatchObject({ count: 300, min: 0.3 });
    expect(hold?.max).toBeLessThan(0.6);
    expect((await of("nhits", () => undefined)).inferredThreshold).toBeNull();
  });
});
