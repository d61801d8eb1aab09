import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ModelVerdict } from "@qsc/contract";
import { judgePredictions, parsePolicy, type PlainPrediction } from "../src/index.js";

const labels = { acting: ["cat", "dog", "bird"], abstaining: [] };

function classifier(n: number, labelOf: (index: number) => string | null): PlainPrediction[] {
  return Array.from({ length: n }, (_, index) => ({
    label: labelOf(index),
    confidence: 0.1 + (0.8 * ((index * 31) % n)) / n,
  }));
}
/** A verdict without the check of the newest predictions. */
const withoutNewest = (verdict: ModelVerdict | undefined) => ({
  ...verdict,
  checks: verdict?.checks.filter(({ id }) => id !== "recent_collapse"),
});
const cyclic = (index: number) => labels.acting[index % 3] ?? null;

describe("plain predictions from any classifier", () => {
  test("a healthy classifier passes, with its own labels", async () => {
    const verdict = await judgePredictions(classifier(300, cyclic), { labels, model: "pets" });
    expect(verdict).toMatchObject({ model: "pets", verdict: "pass", reasons: [] });
    expect(verdict.stats.shares).toEqual({ cat: 1 / 3, dog: 1 / 3, bird: 1 / 3 });
    expect(verdict.stats.entropy).toBeCloseTo(1, 12);
  });

  test("a list of labels works like a set in which nothing abstains", async () => {
    const predictions = Array.from({ length: 300 }, (_, index) => ({
      label: cyclic(index),
      confidence: (index % 97) / 97,
    }));
    expect(await judgePredictions(predictions, { labels: labels.acting })).toEqual(
      await judgePredictions(predictions, { labels }),
    );
  });

  test("without a neutral label there is no dead zone", async () => {
    const verdict = await judgePredictions(classifier(300, cyclic), { labels });
    expect(verdict.checks.find(({ id }) => id === "dead_zone")).toMatchObject({ status: "pass", value: 0 });
  });

  test("a label outside the set is a violation", async () => {
    const verdict = await judgePredictions(
      classifier(300, (i) => (i === 7 ? "ferret" : cyclic(i))),
      { labels },
    );
    expect(verdict.reasons).toEqual([
      "unknown_label: a label is one of cat, dog, bird, not label 'ferret' (1 x, first prediction 7)",
    ]);
  });

  test.each(["NFC", "NFD"])(
    "a label in another Unicode normal form is a violation that says so: %s in the set",
    async (form) => {
      const [known, other] = form === "NFC" ? ["caf\u00e9", "cafe\u0301"] : ["cafe\u0301", "caf\u00e9"];
      const verdict = await judgePredictions(
        classifier(300, (i) => (i === 7 ? other : cyclic(i))),
        { labels: { ...labels, acting: [...labels.acting, known] } },
      );
      expect(verdict.reasons).toHaveLength(1);
      expect(verdict.reasons[0]).toContain(
        `not label '${other}' in another Unicode normal form than '${known}' (write both in NFC) (1 x, first prediction 7)`,
      );
    },
  );

  test("a missing answer is a non-prediction", async () => {
    const verdict = await judgePredictions(
      classifier(300, (i) => (i % 10 === 0 ? null : cyclic(i))),
      { labels },
    );
    expect(verdict.stats).toMatchObject({ n: 270, nonPredictions: 30 });
    expect(verdict.verdict).toBe("fail");
  });

  test("an empty list does not pass", async () => {
    expect((await judgePredictions([])).verdict).toBe("fail");
  });

  test("shows a value that is not a number", async () => {
    const wrong = [...classifier(300, cyclic), { label: "cat", confidence: "0.9" as unknown as number }];
    const verdict = await judgePredictions(wrong, { labels });
    expect(verdict.reasons.join()).toContain("confidence 0.9");
  });

  test("judges latencies when they are given", async () => {
    const slow = classifier(300, cyclic).map((given) => ({ ...given, latencyMs: 1500 }));
    expect((await judgePredictions(slow, { labels })).reasons).toEqual([
      "latency_spike: P95 latency is 1500 ms (n = 300); at most 1000 ms is allowed",
    ]);
    const wrong = classifier(300, cyclic).map((given) => ({ ...given, latencyMs: Number.NaN }));
    expect((await judgePredictions(wrong, { labels })).verdict).toBe("unknown");
  });

  test("logits are squashed if the policy says so", async () => {
    const policy = await parsePolicy("confidence: {model: logit}", "p");
    const logits = classifier(300, (i) => ["BUY", "SELL", "HOLD"][i % 3] ?? null).map(({ label, confidence }) => ({
      label,
      confidence: Math.log(confidence / (1 - confidence)),
    }));
    expect((await judgePredictions(logits)).verdict).toBe("fail");
    const squashed = await judgePredictions(logits, { policy, model: "model" });
    expect(squashed.verdict).toBe("pass");
  });

  test("the order of the predictions matters to the newest ones alone", async () => {
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(classifier(240, cyclic), { minLength: 240 }), async (shuffled) => {
        const [one, other] = await Promise.all(
          [shuffled, classifier(240, cyclic)].map((predictions) => judgePredictions(predictions, { labels })),
        );
        expect(withoutNewest(one)).toEqual(withoutNewest(other));
      }),
      { numRuns: 20 },
    );
  });
});
