import { describe, expect, test } from "vitest";
import { createJudge, learnProfile, makeProfile, type Prediction } from "../../src/index.js";
import { against, fraud, LABELS, verdictOf } from "./support.js";

const run = fraud(2000, { seed: 11 });
const profile = await learnProfile(run);
const healthy = fraud(1000, { seed: 12 });
const prices = Array.from({ length: 2000 }, (_, index) => ({ score: 50 + 40 * Math.sin(index * 1.7) }));
const regression = await learnProfile(prices);

/** Healthy predictions of which some are changed. */
const changed = (change: (each: Prediction, index: number) => Prediction) => healthy.map(change);

describe("what is never a pass", () => {
  test("no predictions, and too few of them", () => {
    expect(verdictOf([], { profile })).toMatchObject({ verdict: "fail", exitCode: 2, codes: ["insufficient_data"] });
    const few = verdictOf(healthy.slice(0, 199), { profile });
    expect(few.reasons).toEqual(["insufficient_data: 199 predictions; at least 200 are needed"]);
    expect(verdictOf(healthy.slice(0, 200), { profile }).verdict).toBe("pass");
  });

  test.each([
    ["missing", undefined, "confidence that is missing"],
    ["null", null, "confidence that is missing"],
    ["NaN", Number.NaN, "confidence NaN"],
    ["infinite", Infinity, "confidence Infinity"],
    ["below 0", -0.001, "confidence -0.001"],
    ["above 1", 1.001, "confidence 1.001"],
    ["a percentage", 97, "confidence 97"],
    ["a text", "0.7" as never, "confidence 0.7"],
  ])("one score that is %s", (_, score, words) => {
    const verdict = verdictOf(
      changed((each, index) => {
        if (index !== 500) return each;
        const { label = null } = each;
        return score === undefined ? { label } : { label, score };
      }),
      { profile },
    );
    expect(verdict).toMatchObject({ verdict: "fail", codes: ["invalid_confidence"] });
    expect(verdict.reasons[0]).toContain(`${words} (1 x, first prediction 500)`);
  });

  test("a label that the profile does not have, and answers that are missing", () => {
    const other = changed((each, index) => (index === 3 ? { ...each, label: "maybe" } : each));
    expect(against(verdictOf(other, { profile }))).toEqual(["unknown_label"]);
    const silent = changed((each, index) => (index % 12 === 0 ? { ...each, label: null } : each));
    expect(against(verdictOf(silent, { profile }))).toContain("error_rate_spike");
  });

  test("rows that could not be read: too many fail, one leaves open what it may hide", () => {
    const judge = createJudge({ profile });
    for (const each of healthy) judge.add(each);
    judge.reject("a row with 3 cells, not 2", "line 17");
    const one = judge.verdict();
    expect(one).toMatchObject({ verdict: "unknown", exitCode: 2, counts: { read: 1001, rejected: 1, judged: 1000 } });
    expect(one.rejected).toEqual([{ reason: "a row with 3 cells, not 2", count: 1, sample: "line 17" }]);
    for (let index = 0; index < 20; index += 1) judge.reject("a row with 3 cells, not 2");
    expect(judge.verdict()).toMatchObject({ verdict: "fail" });
    expect(judge.verdict().codes).toContain("rejected_rows");
  });

  test("predictions that are not in the order of their times", () => {
    const timed = healthy.map((each, index) => ({ ...each, at: 1e12 + index * 1000 }));
    const sorted = verdictOf(timed, { profile });
    expect(sorted).toMatchObject({
      verdict: "pass",
      oldest: "2001-09-09T01:46:40.000Z",
      newest: "2001-09-09T02:03:19.000Z",
    });
    const newestFirst = verdictOf(timed.toReversed(), { profile });
    expect(newestFirst).toMatchObject({ verdict: "unknown", exitCode: 2, codes: ["unsorted_rows"] });
  });

  test("predictions of which only some have a time are refused", () => {
    const judge = createJudge({ profile }).add({ label: "approve", score: 0.1, at: 5 });
    expect(() => judge.add({ label: "approve", score: 0.1 })).toThrow("predictions[1].at");
    expect(judge.rows).toBe(1);
    expect(() => judge.merge(createJudge({ profile }).add({ label: "approve", score: 0.1 }))).toThrow("times");
  });

  test.each([
    [{ label: 7 }, "predictions[0].label is 7"],
    [{ score: 0.5 }, "predictions[0].label is undefined"],
    [null, "predictions[0] is null"],
    [{ label: "deny", score: 0.5, segment: "" }, "predictions[0].segment"],
    [{ label: "deny", score: 0.5, at: "yesterday" }, "predictions[0].at"],
    [{ label: "deny", score: 0.5, at: new Date("no") }, "predictions[0].at"],
    [{ label: "deny", score: 0.5, place: "" }, "predictions[0].place"],
  ])("%j is refused, and not counted", (prediction, words) => {
    const judge = createJudge({ labels: LABELS });
    expect(() => judge.add(prediction as never)).toThrow(words);
    expect(judge.rows).toBe(0);
  });

  test("a regression: a constant, a drift, a value out of range, values that are missing or not numbers", () => {
    const now = prices.slice(0, 800);
    const verdict = (all: readonly Prediction[]) => verdictOf(all, { profile: regression });
    expect(verdict(now)).toMatchObject({
      verdict: "pass",
      profile: { notJudged: expect.arrayContaining(["dead_zone"]) },
    });
    expect(against(verdict(now.map(() => ({ score: 60 }))))).toContain("constant_output");
    expect(against(verdict(now.map(({ score }) => ({ score: score + 25 }))))).toEqual(["score_drift"]);
    expect(against(verdict([...now, { score: 1e6 }]))).toEqual(["invalid_confidence"]);
    expect(against(verdict([...now, { score: Number.NaN }]))).toEqual(["invalid_confidence"]);
    expect(against(verdict(now.map((each, index) => (index % 10 === 0 ? { score: null } : each))))).toContain(
      "error_rate_spike",
    );
    const stuck = [...now, ...Array.from({ length: 200 }, () => ({ score: 60 }))];
    expect(against(verdict(stuck))).toContain("recent_collapse");
  });

  test("the statistics of a regression are in its own units, and its words speak of scores", () => {
    const { models, reasons } = verdictOf([...prices.slice(0, 500), { score: 1e6 }], { profile: regression });
    expect(models[0]?.stats.p10).toBeGreaterThan(10);
    expect(models[0]?.stats.max).toBeLessThan(91);
    expect(models[0]?.checks.map(({ reason }) => reason).join()).not.toMatch(/confidence|label/);
    expect(reasons).toEqual([
      expect.stringMatching(/^invalid_confidence: a score is a number from -\d.* to 1\d\d.*, not score 1000000 /),
    ]);
  });

  test("a latency that is slow, against the reference too, or missing where all had one", async () => {
    const timed = await learnProfile(run.map((each, index) => ({ ...each, latencyMs: 100 + (index % 50) })));
    const withLatency = (ms: number) => healthy.map((each, index) => ({ ...each, latencyMs: ms + (index % 50) }));
    expect(verdictOf(withLatency(100), { profile: timed }).verdict).toBe("pass");
    expect(against(verdictOf(withLatency(400), { profile: timed }))).toEqual(["latency_spike"]);
    expect(against(verdictOf(healthy, { profile: timed }))).toEqual(["latency_spike"]);
  });

  test("a segment that is dead, where segments decide; it is shown where they do not", async () => {
    const segmented = (n: number, dead: boolean) =>
      fraud(n, { seed: 13, denied: 0.3 }).map((each, index) => {
        const segment = index % 3 === 0 ? "FR" : "DE";
        return dead && segment === "FR" ? { label: "approve", score: 0.1, segment } : { ...each, segment };
      });
    const decide = await learnProfile(segmented(3000, false), { segments: "decide" });
    expect(against(verdictOf(segmented(3000, true), { profile: decide }))).toContain("segment_collapse");
    expect(verdictOf(segmented(3000, false), { profile: decide }).verdict).toBe("pass");
    const shown = verdictOf(segmented(3000, true), { profile: { ...decide, segments: "shown" } });
    expect(against(shown)).not.toContain("segment_collapse");
    expect(shown.models[0]?.segments?.rows).toContainEqual(
      expect.objectContaining({ symbol: "FR", status: "violation" }),
    );
    const none = verdictOf(fraud(3000, { seed: 13, denied: 0.3 }), { profile: decide });
    expect(against(none)).toContain("segment_collapse");
  });

  test("without a reference, a verdict says that drift was not judged", () => {
    expect(verdictOf(healthy, { profile: "imbalanced", labels: LABELS }).warnings).toEqual([
      "nothing was given to compare with, so drift was not judged",
    ]);
    expect(verdictOf(healthy, { profile }).warnings).toEqual([]);
  });

  test("logits are judged as the confidences that they mean", async () => {
    const logit = (p: number): number => Math.log((p + 1e-6) / (1 - p + 1e-6));
    const asLogits = (all: readonly Prediction[]) => all.map((each) => ({ ...each, score: logit(each.score ?? 0) }));
    const ofLogits = await learnProfile(asLogits(run), { score: "logit" });
    expect(verdictOf(asLogits(healthy), { profile: ofLogits }).verdict).toBe("pass");
    expect(makeProfile({ name: "own", labels: LABELS, score: "logit" }).score).toBe("logit");
    expect(against(verdictOf(healthy, { profile: ofLogits }))).toContain("score_drift");
  });
});
