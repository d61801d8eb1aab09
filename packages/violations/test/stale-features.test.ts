import type { EngineIdentity, Intent, InvalidValue } from "@qsc/contract";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compilePolicy, DEFAULT_POLICY, judgeTelemetry, TelemetryCard, type TelemetryContext } from "../src/index.js";
import { intent, prediction } from "./support.js";

const engine: EngineIdentity = { build: "abc", bootId: "b1", weights: new Map([["m", 1]]), canary: null };
const START_MS = 1_000_000;
const MAX_AGE_MS = 900_000;
const context: TelemetryContext = {
  asOfMs: 2e6,
  nowMs: 2e6,
  sinceMs: null,
  sourceClockOffsetMs: { low: 0, high: 0 },
  gaps: [],
  minEvents: 1,
};
const compiled = await compilePolicy(DEFAULT_POLICY);

/** One decision per second. Each has features this many milliseconds older, or another value in their place. */
type Said = number | InvalidValue | null;
const cardOf = (said: readonly Said[], given: Partial<Intent> = {}): TelemetryCard => {
  const card = new TelemetryCard(DEFAULT_POLICY);
  for (const [index, age] of said.entries()) {
    const featuresAtMs = typeof age === "number" ? START_MS + index * 1000 - age : age;
    card.add(intent(index, [prediction()], { contract: 2, engine, featuresAtMs, ...given }));
  }
  return card;
};
const judged = (card: TelemetryCard) =>
  judgeTelemetry(card, compiled, context).integrity.find(({ id }) => id === "stale_features")!;
const stale = (said: readonly Said[]) => judged(cardOf(said));

describe("decisions from old features", () => {
  test("pass at exactly the greatest age; an older one is a violation that names it", () => {
    expect(stale([0, 250, MAX_AGE_MS])).toMatchObject({ status: "pass", value: MAX_AGE_MS, n: 3 });
    expect(stale([0, MAX_AGE_MS + 1, 250])).toMatchObject({ status: "violation", value: MAX_AGE_MS + 1 });
    expect(stale([0, 3_600_000]).reason).toBe(
      "decision 1001000-0 was made from features that were 1 h old; at most 15 min is allowed",
    );
  });

  test("are measured from the decision, not from now: old telemetry that is judged late is not stale", () => {
    expect(
      judgeTelemetry(cardOf([0, 0]), compiled, { ...context, asOfMs: 1e9, nowMs: 1e9 }).integrity.find(
        ({ id }) => id === "stale_features",
      )?.status,
    ).toBe("pass");
  });

  test("from after the decision are a contradiction, beyond the allowed clock difference", () => {
    expect(stale([-5000]).status).toBe("pass");
    expect(stale([0, -5001])).toMatchObject({ status: "violation" });
    expect(stale([0, -5001]).reason).toContain("names features of 5 s and 1 ms after it");
  });

  test("an invalid time is a violation; a missing one is unknown, and not waived", () => {
    expect(stale([0, { invalid: '"yesterday"' }])).toMatchObject({ status: "violation" });
    expect(stale([0, { invalid: '"yesterday"' }]).reason).toContain('not "yesterday" (1 x, first 1001000-0)');
    expect(stale([0, null])).toMatchObject({ status: "unknown", waived: false });
    expect(stale([0, null]).reason).toBe(
      "decisions do not say how old their features were: no features_at (1 x, first 1001000-0)",
    );
  });

  test("an unreadable entry could hide one", () => {
    for (const decisions of [[0], [0, 0]]) {
      const card = cardOf(decisions);
      card.reject({ id: null, reason: "unreadable_json", place: "line 9", detail: "cut" });
      expect(judged(card)).toMatchObject({ status: "unknown", waived: false });
    }
  });

  test("of version 1, whose timestamp may be a candle's, are unknown, and waived", () => {
    const card = cardOf([null, null], { contract: 1, engine: null });
    expect(judged(card)).toMatchObject({ status: "unknown", waived: true, value: null });
    card.reject({ id: null, reason: "unreadable_json", place: "line 9", detail: "cut" });
    expect(judged(card)).toMatchObject({
      status: "unknown",
      waived: true,
      reason: "version 1 telemetry does not say how old the features were",
    });
  });

  test("are the same across the parts of a stream, in either order and as plain data", () => {
    const said = fc.oneof(
      fc.integer({ min: -10_000, max: 1_000_000 }),
      fc.constant(null),
      fc.constant({ invalid: "x" }),
    );
    fc.assert(
      fc.property(fc.array(said, { maxLength: 30 }), fc.nat(30), (all, cut) => {
        const place = all.map((age, index) => ({ age, index }));
        const part = (some: typeof place): TelemetryCard => {
          const card = new TelemetryCard(DEFAULT_POLICY);
          for (const { age, index } of some) {
            const featuresAtMs = typeof age === "number" ? START_MS + index * 1000 - age : age;
            card.add(intent(index, [prediction()], { contract: 2, engine, featuresAtMs }));
          }
          return card;
        };
        const whole = judged(part(place));
        const [first, second] = [part(place.slice(0, cut)), part(place.slice(cut))];
        const taken = new TelemetryCard(DEFAULT_POLICY);
        taken.take(structuredClone(second.state()));
        taken.take(structuredClone(first.state()));
        first.merge(second);
        expect([judged(first), judged(taken)]).toEqual([whole, whole]);
      }),
    );
  });
});
