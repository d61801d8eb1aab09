import type { Intent, ModelReading } from "@qsc/contract";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  compilePolicy,
  DEFAULT_POLICY,
  judgeModel,
  judgePredictions,
  judgeTelemetry,
  Scorecard,
  TelemetryCard,
  type CardOptions,
  type TelemetryContext,
} from "../src/index.js";
import { context, healthy, intent, prediction, scorecard, withLimits } from "./support.js";

const CONTEXT: TelemetryContext = {
  asOfMs: 1e9,
  nowMs: 1e9,
  sinceMs: null,
  sourceClockOffsetMs: null,
  gaps: [],
  minEvents: 200,
};
const compiled = await compilePolicy({ ...DEFAULT_POLICY, require: [] });

/** Decisions of one model: sound answers, then those given; null: the decision does not name the model. */
const decisions = (sound: number, newest: readonly (Partial<ModelReading> | null)[]): Intent[] =>
  [...healthy(sound), ...newest].map((answer, index) =>
    intent(index, [prediction({ model: "other" }), ...(answer === null ? [] : [prediction(answer)])]),
  );

function cardOf(intents: readonly Intent[], options: Partial<CardOptions> = {}): TelemetryCard {
  const card = new TelemetryCard({ ...DEFAULT_POLICY, ...options });
  for (const each of intents) card.add(each);
  return card;
}

function checkOf(card: TelemetryCard, policy = compiled) {
  const verdict = judgeTelemetry(card, policy, CONTEXT).models.find(({ model }) => model === "m");
  return verdict?.checks.find(({ id }) => id === "recent_collapse");
}

const times = <T>(n: number, make: (index: number) => T): T[] => Array.from({ length: n }, (_, index) => make(index));
const varied = (index: number) => ({ action: ["BUY", "SELL", "HOLD"][index % 3] ?? "HOLD", confidence: index / 400 });

describe("a model that collapsed within a long range", () => {
  test.each<[string, readonly (Partial<ModelReading> | null)[], string]>([
    ["one answer", times(200, () => ({ action: "BUY", confidence: 0.6 })), "share of BUY is 100 % of 200 predictions"],
    [
      "one trading label",
      times(200, (index) => ({ ...varied(index), action: "SELL" })),
      "share of SELL is 100 % of 200 predictions",
    ],
    [
      "the neutral label alone",
      times(200, (index) => ({ ...varied(index), action: "HOLD" })),
      "share of neutral answers is 100 % of 200 predictions",
    ],
    [
      "confidences that hardly move",
      times(200, (index) => ({ ...varied(index), confidence: 0.5 + index / 1e5 })),
      "standard deviation of confidence is 0.000577 (n = 200)",
    ],
    [
      "one confidence",
      times(200, (index) => ({ ...varied(index), confidence: index < 8 ? index / 9 : 0.5 })),
      "share of the one confidence 0.5000 is 96 % of 200",
    ],
    [
      "no prediction",
      times(200, () => ({ nonPrediction: "inactive: model_missing", action: null })),
      "share of non-predictions is 100 % of 200",
    ],
    [
      "no prediction for more than half",
      [...times(99, varied), ...times(101, () => ({ nonPrediction: "error: x" }))],
      "share of non-predictions is 50.5 % of 200",
    ],
    ["no mention", times(101, () => null), "share of non-predictions is 50.5 % of 200"],
  ])("fails: %s", (_, newest, reason) => {
    const found = checkOf(cardOf(decisions(2000, newest)));
    expect(found?.status).toBe("violation");
    expect(found?.reason).toContain("in the newest 200 decisions, ");
    expect(found?.reason).toContain(reason);
  });

  test.each<[string, readonly (Partial<ModelReading> | null)[]]>([
    ["95 % with one trading label", times(200, (index) => ({ ...varied(index), action: index < 10 ? "HOLD" : "BUY" }))],
    ["neutral but for one", times(200, (index) => ({ ...varied(index), action: index === 0 ? "BUY" : "HOLD" }))],
    [
      "95 % with one confidence",
      times(200, (index) => ({ ...varied(index), confidence: index < 10 ? index / 11 : 0.5 })),
    ],
    ["half without a prediction", [...times(100, varied), ...times(100, () => null)]],
    ["the collapse before the newest 200", [...times(150, () => ({ confidence: 0.6 })), ...times(200, varied)]],
  ])("passes at its limits: %s", (_, newest) => {
    expect(checkOf(cardOf(decisions(2000, newest)))?.status).toBe("pass");
  });

  test("passes with a standard deviation of exactly the limit", () => {
    const newest = times(200, (index) => ({ ...varied(index), confidence: index % 2 === 0 ? 0.49 : 0.51 }));
    expect(checkOf(cardOf(decisions(2000, newest)))).toMatchObject({ status: "pass" });
  });

  test("fails a stricter limit of a policy", async () => {
    const policy = await compilePolicy({ ...withLimits({ "recent_collapse.tradingShare": 0.3 }), require: [] });
    expect(checkOf(cardOf(decisions(2000, [])), policy)?.status).toBe("violation");
  });

  const collapse = decisions(
    500,
    times(200, () => ({ action: "BUY", confidence: 0.6 })),
  );

  test("fails although sound decisions are published again after it", () => {
    const card = cardOf(collapse);
    for (const sound of collapse.slice(0, 300))
      card.addDuplicate({ ...sound, id: `9${sound.id}` as Intent["id"] }, true);
    expect(checkOf(card)?.status).toBe("violation");
  });

  test("fails although its newest decisions alone are published again, as often as it takes", () => {
    const sound = decisions(1200, []);
    const card = cardOf(sound);
    for (const each of times(200, () => sound[1199]!))
      card.addDuplicate({ ...each, id: `9${each.id}` as Intent["id"] }, true);
    expect(checkOf(card)).toMatchObject({
      status: "violation",
      reason: expect.stringMatching(/\(counting repeated entries\)$/) as string,
    });
  });

  test("is judged alike in any order, in parts, and through a state", () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(collapse, { minLength: collapse.length }),
        fc.array(fc.nat(collapse.length), { maxLength: 4 }),
        (shuffled, cuts) => {
          const whole = checkOf(cardOf(collapse));
          expect(checkOf(cardOf(shuffled))).toEqual(whole);
          const at = [0, ...cuts.sort((a, b) => a - b), collapse.length];
          const parts = at.slice(1).map((to, index) => cardOf(shuffled.slice(at[index], to)));
          const [merged, taken] = [cardOf([]), cardOf([])];
          for (const part of parts) merged.merge(part);
          for (const part of parts.toReversed()) taken.take(structuredClone(part.state()));
          expect([checkOf(merged), checkOf(taken)]).toEqual([whole, whole]);
        },
      ),
      { numRuns: 20 },
    );
  });

  describe("beside entries that cannot be read", () => {
    // 95 % have one label: one more would be too many.
    const newest = [
      ...times(10, () => ({ action: "SELL", confidence: 0.1 })),
      ...times(190, (index) => ({ ...varied(index), action: "BUY" })),
    ];
    const found = (id: string | null) => {
      const card = cardOf(decisions(2000, newest));
      card.reject({ id: id as Intent["id"] | null, reason: "unreadable_json", place: "line 7", detail: "x" });
      return checkOf(card);
    };
    const at = (index: number) => `${1_000_000 + index * 1000}-1`;

    test.each([
      ["among the newest", at(2100)],
      ["after them", at(3000)],
      ["without an ID", null],
    ])("each counts as the worst: one %s", (_, id) => {
      expect(found(id)).toMatchObject({
        status: "violation",
        reason: expect.stringContaining("if the unreadable events were the worst") as string,
      });
    });

    test("those before the newest decisions, or with the ID of the oldest, change nothing", () => {
      expect(found("3000000-0")).toMatchObject({ status: "pass", value: 0.95 });
      expect(found(at(1998))).toMatchObject({ status: "pass", value: 0.95 });
    });
  });

  test("is judged alike from the newest decision to the oldest", () => {
    expect(checkOf(cardOf(collapse.toReversed()))).toEqual(checkOf(cardOf(collapse)));
    expect(checkOf(cardOf(decisions(2000, []).toReversed()))?.status).toBe("pass");
  });

  test("is not known of parts of which one kept no newest decisions", () => {
    const [kept, other] = [cardOf(decisions(10, [])), cardOf(collapse, { newest: false })];
    expect(() => kept.merge(other)).toThrow(expect.objectContaining({ code: "invalid_option" }) as Error);
    expect(() => kept.take(other.state())).toThrow(expect.objectContaining({ code: "invalid_option" }) as Error);
    expect(kept.counts.judged).toBe(10);
  });

  test("keeps known labels whole, and of a longer one no more than shows that it is unknown", () => {
    const labels = { acting: ["BUY", "x".repeat(300)], abstaining: ["HOLD"] };
    const long = (length: number) => ({ action: "x".repeat(length), confidence: 0.5 });
    const card = cardOf(decisions(0, [long(300), long(301), long(900_000)]), { labels });
    expect(card.state().newest?.decisions.map(({ models }) => models[1]?.action?.length)).toEqual([300, 301, 301]);
    const newest = card.newest()?.scorecardOf("m");
    expect([newest?.labels.total, newest?.unknownLabels.total]).toEqual([1, 2]);
  });

  test("a state is not changed by what comes after it", () => {
    const card = cardOf(decisions(10, []));
    const state = card.state();
    const before = structuredClone(state);
    card.add(decisions(11, [])[10]!);
    expect(state).toEqual(before);
  });

  test("of another model is refused", () => {
    const other = new Scorecard("other", { labels: DEFAULT_POLICY.labels, scale: "probability" });
    const newest = { card: other, absent: 0, unread: 0 };
    expect(() => judgeModel(scorecard(healthy(300)), context({ newest }))).toThrow(
      expect.objectContaining({ code: "invalid_option" }) as Error,
    );
  });

  test("is not judged where the newest decisions are not kept", () => {
    expect(checkOf(cardOf(collapse, { newest: false }))).toBeUndefined();
  });
});

test("plain predictions are judged in the order in which they are given, the oldest first", async () => {
  const sound = times(3000, (index) => ({ label: varied(index).action, confidence: ((index * 37) % 300) / 400 + 0.1 }));
  const frozen = times(200, () => ({ label: "BUY", confidence: 0.6 }));
  const statuses = await Promise.all(
    [sound, [...sound, ...frozen], [...frozen, ...sound]].map(async (predictions) => {
      const { verdict, reasons } = await judgePredictions(predictions);
      return [verdict, reasons.map((reason) => reason.split(":")[0])];
    }),
  );
  expect(statuses).toEqual([
    ["pass", []],
    ["fail", ["recent_collapse"]],
    ["pass", []],
  ]);
});
