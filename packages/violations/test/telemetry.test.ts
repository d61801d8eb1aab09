import type { EngineIdentity, EntryId, Policy } from "@qsc/contract";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  compilePolicy,
  DEFAULT_POLICY,
  isAgainst,
  judgeTelemetry,
  TelemetryCard,
  verdictOf,
  type ClockOffset,
  type TelemetryContext,
} from "../src/index.js";
import { healthy, intent, prediction } from "./support.js";

const engine: EngineIdentity = { build: "abc", bootId: "b1", weights: new Map([["m", 1]]), canary: null };
const at = (ms: number, seq = 0) => `${ms}-${seq}` as EntryId;
const asOfMs = 1_000_000 + 300_000;
const quiet: TelemetryContext = {
  asOfMs,
  nowMs: 1e12,
  sinceMs: null,
  sourceClockOffsetMs: { low: 0, high: 0 },
  gaps: [],
  minEvents: 200,
};

function card(fill: (card: TelemetryCard) => void): TelemetryCard {
  const made = new TelemetryCard(DEFAULT_POLICY);
  fill(made);
  return made;
}

async function integrity(
  made: TelemetryCard,
  context: Partial<TelemetryContext> = {},
  policy: Policy = DEFAULT_POLICY,
) {
  const { integrity: checks } = judgeTelemetry(made, await compilePolicy(policy), { ...quiet, ...context });
  return {
    verdict: verdictOf(checks),
    against: checks.filter(isAgainst).map(({ id }) => id),
    of: (id: string) => checks.find((check) => check.id === id),
  };
}

const many = (n: number, given: Parameters<typeof intent>[2] = {}) =>
  card((made) => {
    for (let index = 0; index < n; index += 1) made.add(intent(index, [prediction()], given));
  });

describe("integrity of the telemetry", () => {
  test("clean telemetry passes; what version 1 cannot carry is unknown and waived", async () => {
    const { verdict, of } = await integrity(many(300));
    expect(verdict).toBe("pass");
    for (const id of ["mixed_build", "engine_restarts", "weights_mismatch", "stale_features"]) {
      expect(of(id)).toMatchObject({ status: "unknown", waived: true });
    }
  });

  test("version 2 carries everything", async () => {
    const { verdict, of } = await integrity(
      card((made) => {
        for (let index = 0; index < 300; index += 1) {
          made.add(
            intent(index, [prediction()], { contract: 2, engine, featuresAtMs: 1_000_000 + index * 1000 - 250 }),
          );
        }
      }),
    );
    expect(verdict).toBe("pass");
    for (const id of ["mixed_build", "engine_restarts", "weights_mismatch", "stale_features"])
      expect(of(id)?.status).toBe("pass");
  });

  test("a policy may require what version 1 cannot carry", async () => {
    const { verdict, against } = await integrity(many(300), {}, { ...DEFAULT_POLICY, require: ["build"] });
    expect(verdict).toBe("unknown");
    expect(against).toEqual(["mixed_build", "engine_restarts"]);
    expect((await integrity(many(300), { expectedWeights: { m: 1 } })).of("weights_mismatch")).toMatchObject({
      status: "unknown",
      waived: true,
    });
    const weights = await integrity(
      many(300),
      { expectedWeights: { m: 1 } },
      { ...DEFAULT_POLICY, require: ["weights"] },
    );
    expect(weights.against).toEqual(["weights_mismatch"]);
  });

  test("version 1 has no values for what it cannot carry; version 2 counts builds, restarts and sets of weights", async () => {
    const values = async (made: TelemetryCard) => {
      const { of } = await integrity(made);
      return ["mixed_build", "engine_restarts", "weights_mismatch"].map((id) => of(id)?.value);
    };
    expect(await values(many(300))).toEqual([null, null, null]);
    expect(await values(many(300, { contract: 2, engine }))).toEqual([1, 0, 1]);
  });

  test("version 2 that does not name its engine is unknown, not excused", async () => {
    const { against, of } = await integrity(many(300, { contract: 2 }));
    expect(against).toEqual(["stale_features", "mixed_build", "engine_restarts", "weights_mismatch"]);
    for (const id of against) expect(of(id)).toMatchObject({ status: "unknown", value: null });
  });

  test("an engine in version 1, which promises none, proves nothing", async () => {
    const { of } = await integrity(many(300, { engine }));
    for (const id of ["mixed_build", "engine_restarts", "weights_mismatch"]) {
      expect(of(id)).toMatchObject({ status: "unknown", waived: true });
    }
    const two = many(300, { engine });
    two.add(intent(300, [prediction()], { engine: { ...engine, build: "def" } }));
    expect((await integrity(two)).of("mixed_build")).toMatchObject({ status: "violation", waived: false, value: 2 });
  });

  test.each([
    [199, "violation"],
    [200, "pass"],
  ])("%i events for a minimum of 200 are a %s", async (n, status) => {
    expect((await integrity(many(n))).of("insufficient_data")?.status).toBe(status);
  });

  test("no events prove nothing", async () => {
    const { verdict, of, against } = await integrity(many(0));
    expect(verdict).toBe("fail");
    expect(of("telemetry_silence")).toMatchObject({
      status: "unknown",
      value: null,
      reason: "without events the age of the telemetry is unknown",
    });
    expect(of("rejected_events")?.status).toBe("unknown");
    expect(of("duplicate_events")).toMatchObject({ status: "pass", value: 0 });
    expect(against).toEqual(["insufficient_data", "rejected_events", "telemetry_silence"]);
  });

  test.each([
    [3, "pass"],
    [4, "violation"],
  ])("%i rejected entries besides 297 are a %s, reported with a count and a place", async (rejected, status) => {
    const made = many(297);
    for (let index = 0; index < rejected; index += 1) {
      made.reject({ id: null, reason: "unreadable_json", place: `line 9${index}`, detail: "cut" });
    }
    const { of } = await integrity(made);
    expect(of("rejected_events")?.status).toBe(status);
    expect(of("rejected_events")?.reason).toContain(`unreadable_json (${rejected} x, first line 90)`);
    expect(of("feature_not_finite")?.status).toBe("unknown");
  });
  test.each(["signature_missing", "signature_invalid"] as const)(
    "one entry in 2000 that is %s is a violation",
    async (reason) => {
      const made = many(1999);
      made.reject({ id: at(500, 7), reason, place: "500-7", detail: "the entry has no signature" });
      const { of, against } = await integrity(made);
      expect(against).toContain("rejected_events");
      expect(of("rejected_events")).toMatchObject({ status: "violation" });
      expect(of("rejected_events")?.reason).toContain(
        `1 of 2000 entries were rejected: ${reason} (1 x, first 500-7); not one may be without the engine's signature`,
      );
    },
  );

  test("repetition is harmless, contradiction is not", async () => {
    const made = many(300);
    for (let index = 0; index < 300; index += 1) made.addDuplicate(intent(index, [prediction()]), true);
    const { of } = await integrity(made);
    expect(of("duplicate_events")).toMatchObject({ status: "pass", value: 0.5, n: 600 });
    expect(of("rejected_events")).toMatchObject({ status: "pass", value: 0, n: 300 });
    const limited = (share: number) => ({
      ...DEFAULT_POLICY,
      limits: { ...DEFAULT_POLICY.limits, "duplicate_events.share": share },
    });
    expect((await integrity(made, {}, limited(0.5))).of("duplicate_events")?.status).toBe("pass");
    expect((await integrity(made, {}, limited(0.49))).of("duplicate_events")?.status).toBe("violation");
    made.addDuplicate(intent(7, [prediction()]), false);
    expect((await integrity(made)).of("duplicate_events")?.status).toBe("violation");
  });

  test("a stream that only repeats itself is reported as such", async () => {
    const made = card((c) => {
      c.addDuplicate(intent(0, [prediction()]), true);
    });
    const { of } = await integrity(made);
    expect(of("duplicate_events")).toMatchObject({ value: 1, n: 1 });
    expect(of("rejected_events")).toMatchObject({ status: "pass", value: 0, n: 0 });
  });

  test("telemetry of exactly the greatest age passes; older telemetry is silence", async () => {
    const newest = 1_000_000 + 299_000;
    expect((await integrity(many(300), { asOfMs: newest + 900_000 })).of("telemetry_silence")?.status).toBe("pass");
    expect((await integrity(many(300), { asOfMs: newest + 900_001 })).of("telemetry_silence")?.status).toBe(
      "violation",
    );
  });

  test("a silence between events counts like one at the end", async () => {
    const with_ = (gapMs: number) =>
      card((made) => {
        for (let index = 0; index < 300; index += 1) {
          made.add(intent(index, [prediction()], { id: at(1_000_000 + index * 1000 + (index >= 250 ? gapMs : 0)) }));
        }
      });
    const asOf = { asOfMs: 1_000_000 + 299_000 + 900_001 };
    expect((await integrity(with_(899_000), asOf)).of("telemetry_silence")?.status).toBe("pass");
    const silent = (await integrity(with_(899_001), asOf)).of("telemetry_silence");
    expect(silent).toMatchObject({ status: "violation", value: 900_001 });
    expect(silent?.reason).toContain("from 1970-01-01T00:20:49.000Z on there was no event");
  });

  describe("silence between the cutover and the first event", () => {
    const first = 1_000_000;
    test.each([
      [900_000, "pass"],
      [900_001, "violation"],
    ])("%i ms is a %s", async (ms, status) => {
      const silence = (await integrity(many(300), { sinceMs: first - ms })).of("telemetry_silence");
      expect(silence?.status).toBe(status);
      if (status === "violation")
        expect(silence?.reason).toMatch(/ from .* to the first one, of 1970-01-01T00:16:40.000Z, there was no event/);
    });

    test("and without any event, up to now: never a pass", async () => {
      expect((await integrity(many(0), { sinceMs: asOfMs - 900_000 })).of("telemetry_silence")?.status).toBe("unknown");
      expect((await integrity(many(0), { sinceMs: asOfMs + 1 })).of("telemetry_silence")).toMatchObject({
        status: "unknown",
        value: 0,
      });
      expect((await integrity(many(0), { sinceMs: asOfMs - 900_001 })).of("telemetry_silence")).toMatchObject({
        status: "violation",
        value: 900_001,
      });
    });

    test("an early event does not help if it splits a silence into two that are still too long", async () => {
      const made = card((c) => {
        for (const ms of [2_000_000, 4_000_000]) c.add(intent(0, [prediction()], { id: at(ms) }));
      });
      expect((await integrity(made, { sinceMs: 0, asOfMs: 4_000_000 })).of("telemetry_silence")).toMatchObject({
        status: "violation",
        value: 2_000_000,
      });
    });
  });

  test("of two equally long silences, the first is reported", () => {
    const made = card((c) => {
      for (const minute of [0, 20, 40]) c.add(intent(minute * 60, [prediction()]));
    });
    expect(made.stretches.longestSilence()).toEqual({ ms: 20 * 60_000, from: 1_000_000 });
  });

  test("a silence that later events fill with allowed gaps no longer counts", () => {
    const limits = { ...DEFAULT_POLICY.limits, "telemetry_silence.maxAge": 5_000 };
    const made = new TelemetryCard({ ...DEFAULT_POLICY, limits });
    for (const second of [10, 30, 15, 20, 25]) made.add(intent(second, [prediction()]));
    expect(made.stretches.longestSilence().ms).toBe(0);
  });

  test("silences are the same in any order, and across merged parts", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 30 }),
        fc.nat(30),
        (minutes, cut) => {
          const of = (times: readonly number[]) => {
            const made = new TelemetryCard({
              ...DEFAULT_POLICY,
              limits: { ...DEFAULT_POLICY.limits, "telemetry_silence.maxAge": 5 },
            });
            for (const [index, minute] of times.entries())
              made.add(intent(index, [prediction()], { id: at(minute, index) }));
            return made;
          };
          const sorted = [...minutes].sort((a, b) => a - b);
          const gaps = sorted.slice(1).map((minute, index) => minute - (sorted[index] ?? 0));
          const longest = Math.max(0, ...gaps.filter((gap) => gap > 5));
          const merged = of(minutes.slice(cut));
          merged.merge(of(minutes.slice(0, cut)));
          expect(of(minutes).stretches.longestSilence().ms).toBe(longest);
          expect(merged.stretches.longestSilence().ms).toBe(longest);
        },
      ),
    );
  });

  test("events from the future, or a source with another clock, are clock skew", async () => {
    const newest = 1_000_000 + 299_000;
    expect((await integrity(many(300), { asOfMs: newest - 5_000 })).of("clock_skew")?.status).toBe("pass");
    expect((await integrity(many(300), { asOfMs: newest - 5_001 })).of("clock_skew")?.status).toBe("violation");
    expect(
      (await integrity(many(300), { sourceClockOffsetMs: { low: -5_000, high: -5_000 } })).of("clock_skew")?.status,
    ).toBe("pass");
    const skewed = (await integrity(many(300), { sourceClockOffsetMs: { low: -5_001, high: -5_001 } })).of(
      "clock_skew",
    );
    expect(skewed).toMatchObject({ status: "violation", value: 5_001 });
    expect(skewed?.reason).toContain("the clock of the source");
  });

  test("an event from the future has no negative age, and an old one is not ahead", async () => {
    const newest = 1_000_000 + 299_000;
    const early = (await integrity(many(300), { asOfMs: newest - 5_000 })).of("telemetry_silence");
    expect(early?.value).toBe(0);
    expect(early?.reason).toContain("the newest event");
    const old = (await integrity(many(300))).of("clock_skew");
    expect(old?.value).toBe(0);
    expect(old?.reason).toContain("the newest event lies");
  });

  test("an event later than this host's clock is clock skew, even in a recorded event log", async () => {
    const newest = 1_000_000 + 299_000;
    expect((await integrity(many(300), { asOfMs: newest, nowMs: newest - 5_000 })).of("clock_skew")?.status).toBe(
      "pass",
    );
    expect((await integrity(many(300), { asOfMs: newest, nowMs: newest - 5_001 })).of("clock_skew")?.status).toBe(
      "violation",
    );
  });

  test("an ID beyond any date is reported, not thrown", async () => {
    const made = many(300);
    made.add(intent(300, [prediction()], { id: "9999999999999999-0" }));
    const { of } = await integrity(made, { asOfMs: 9999999999999999, nowMs: asOfMs });
    expect(of("clock_skew")?.status).toBe("violation");
    expect(of("telemetry_silence")?.status).toBe("violation");
  });

  test("the first entry of a fault is the one with the smallest ID", async () => {
    const made = card((c) => {
      for (const seq of [11, 9, 100, 10])
        c.add(intent(0, [prediction({ action: "HODL" })], { id: at(1763818338282, seq) }));
    });
    const { models } = judgeTelemetry(made, await compilePolicy(DEFAULT_POLICY), quiet);
    expect(models[0]?.reasons.join()).toContain("first 1763818338282-9)");
  });

  test("entries lost while reading are a gap", async () => {
    const { of } = await integrity(many(300), { gaps: ["the stream was recreated"] });
    expect(of("stream_gap")).toMatchObject({ status: "violation", reason: "the stream was recreated" });
  });

  test("NaN outside the models' answers fails the telemetry", async () => {
    const made = many(300);
    made.add(intent(300, [prediction()], { notFinite: ["atr_value"] }));
    expect((await integrity(made, { asOfMs: asOfMs + 1000 })).of("feature_not_finite")?.reason).toContain(
      "atr_value (1 x, first 1300000-0)",
    );
  });

  test("two builds, processes, sets of weights or contract versions must not mix", async () => {
    const mixed = (given: Partial<EngineIdentity>) =>
      card((made) => {
        for (let index = 0; index < 300; index += 1) {
          made.add(
            intent(index, [prediction()], { contract: 2, engine: index < 150 ? engine : { ...engine, ...given } }),
          );
        }
      });
    expect((await integrity(mixed({ build: "def" }))).of("mixed_build")?.status).toBe("violation");
    expect((await integrity(mixed({ bootId: "b2" }))).of("engine_restarts")).toMatchObject({
      status: "violation",
      value: 1,
    });
    const reason = async (sourceClockOffsetMs: ClockOffset | null): Promise<string> =>
      (await integrity(mixed({ bootId: "b2" }), { sourceClockOffsetMs })).of("engine_restarts")?.reason ?? "";
    expect(await reason({ low: 2900, high: 3000 }), "a clock ahead").toMatch(
      /\(--after\); if these are, the clock of the source is ahead of this host's by 3 s.*: synchronise the clocks, and restart the engine$/,
    );
    for (const offset of [null, { low: -1, high: 3000 }, { low: -3000, high: -2900 }])
      expect(await reason(offset), JSON.stringify(offset)).toMatch(/\(--after\)$/);
    expect(
      (
        await integrity(
          mixed({
            weights: new Map([
              ["m", 0.9],
              ["x", 0.1],
            ]),
          }),
        )
      ).of("weights_mismatch")?.status,
    ).toBe("violation");
    const ramp = card((made) => {
      for (let index = 0; index < 300; index += 1) {
        const weights = new Map([["m", 0.1 * (1 + (index % 3))]]);
        made.add(intent(index, [prediction()], { contract: 2, engine: { ...engine, weights } }));
      }
    });
    expect((await integrity(ramp)).of("weights_mismatch")).toMatchObject({ status: "violation", value: 3 });
    const versions = many(300);
    versions.add(intent(300, [prediction()], { contract: 2, engine }));
    const backwards = many(300, { contract: 2, engine });
    backwards.add(intent(300, [prediction()]));
    for (const mixture of [versions, backwards]) {
      const { of } = await integrity(mixture);
      expect(of("mixed_build")).toMatchObject({ status: "violation", waived: false });
      for (const id of ["engine_restarts", "weights_mismatch"])
        expect(of(id)).toMatchObject({ status: "unknown", waived: false });
    }
  });

  test("one canary that contradicts its own weights is a violation, even in one of many parts or in a repeated decision", async () => {
    const contradicting = { ...engine, canary: { model: "m", weight: 0.5 } };
    const given = (index: number) => ({
      contract: 2 as const,
      engine: index === 7 ? contradicting : { ...engine, canary: { model: "m", weight: 1 } },
    });
    const part = (from: number, to: number) =>
      card((made) => {
        for (let index = from; index < to; index += 1) made.add(intent(index, [prediction()], given(index)));
      });
    const words =
      "contradict each other: the canary m has the weight 0.5, and among the weights 1 (1 x, first 1007000-0)";
    for (const parts of [[part(0, 300)], [part(0, 100), part(100, 300)], [part(100, 300), part(0, 100)]]) {
      const whole = card((made) => {
        for (const each of parts) made.take(each.state());
      });
      expect((await integrity(whole)).of("weights_mismatch")).toMatchObject({
        status: "violation",
        reason: expect.stringContaining(words) as string,
      });
    }
    const repeated = part(8, 300);
    repeated.addDuplicate(intent(7, [prediction()], given(7)), true);
    expect((await integrity(repeated)).of("weights_mismatch")?.status).toBe("violation");
  });

  test("a canary that always contradicts its own weights is a violation by itself, even if other weights were activated", async () => {
    const always = { ...engine, canary: { model: "m", weight: 0.5 } };
    const made = card((each) => {
      for (let index = 0; index < 300; index += 1)
        each.add(intent(index, [prediction()], { contract: 2, engine: always }));
    });
    const words = expect.stringContaining("which contradict each other: the canary m has the weight 0.5") as string;
    expect((await integrity(made)).of("weights_mismatch")).toMatchObject({ status: "violation", reason: words });
    const activated = (await integrity(made, { expectedWeights: { m: 0.25, n: 0.75 } })).of("weights_mismatch");
    expect(activated).toMatchObject({ status: "violation", reason: words });
  });

  test("weights that differ from those activated are not a contradiction, and the reason says which were activated", async () => {
    const made = card((each) => {
      for (let index = 0; index < 300; index += 1) each.add(intent(index, [prediction()], { contract: 2, engine }));
    });
    const { reason } = (await integrity(made, { expectedWeights: { m: 0.25, n: 0.75 } })).of("weights_mismatch") ?? {};
    expect(reason).toContain('; activated were {"m":0.25,"n":0.75}');
    expect(reason).not.toContain("contradict");
  });

  test("more builds than are counted individually make a card inexact, even with one process and one set of weights", () => {
    const builds = (n: number) =>
      card((made) => {
        for (let index = 0; index < n; index += 1) {
          made.add(
            intent(index, [prediction()], {
              contract: 2,
              engine: { ...engine, build: `build ${index}` },
              featuresAtMs: 1_000_000 + index * 1000,
            }),
          );
        }
      });
    expect([builds(99).isExact, builds(100).isExact]).toEqual([true, false]);
  });

  test("an unknown contract version is refused, not counted", () => {
    // A wrong value on purpose: callers without types can pass anything.
    const contract = 3 as unknown as 2;
    expect(() => many(1, { contract, engine })).toThrow(expect.objectContaining({ code: "invalid_option" }) as Error);
    expect(() => many(1, { contract })).toThrow("intent.contract is 3");
  });

  test("weights other than those activated are a mismatch", async () => {
    const made = many(300, { contract: 2, engine });
    expect((await integrity(made, { expectedWeights: { m: 1 } })).of("weights_mismatch")?.status).toBe("pass");
    expect((await integrity(made, { expectedWeights: { m: 0.9, x: 0.1 } })).of("weights_mismatch")?.status).toBe(
      "violation",
    );
    const halves = many(300, {
      contract: 2,
      engine: {
        ...engine,
        weights: new Map([
          ["m", 0.5],
          ["x", 0.5],
        ]),
      },
    });
    expect((await integrity(halves, { expectedWeights: { m: 0.5, y: 0.5 } })).of("weights_mismatch")?.status).toBe(
      "violation",
    );
  });

  test.each([0.4999993, 0.5000015])(
    "sets that are equal after rounding are each compared with the activated ones: %d is too far from one",
    async (activated) => {
      const of = (weight: number) => ({
        contract: 2 as const,
        engine: {
          ...engine,
          weights: new Map([
            ["m", weight],
            ["x", 0.5],
          ]),
        },
      });
      const made = many(150, of(0.5));
      for (let index = 150; index < 300; index += 1) made.add(intent(index, [prediction()], of(0.5000008)));
      expect((await integrity(made)).of("weights_mismatch")?.status, "within the telemetry").toBe("pass");
      const { of: check } = await integrity(made, { expectedWeights: { m: activated, x: 0.5 } });
      expect(check("weights_mismatch")?.status).toBe("violation");
    },
  );

  test.each([
    [1e-6, "pass"],
    [1.001e-6, "violation"],
  ])("weights that differ by %d are a %s", async (by, status) => {
    const made = many(300, { contract: 2, engine });
    expect((await integrity(made, { expectedWeights: { m: 1, x: by } })).of("weights_mismatch")?.status).toBe(status);
  });
});

describe("weights that writers round differently", () => {
  const served = (
    weights: Readonly<Record<string, number>>,
    canary: EngineIdentity["canary"] = null,
  ): EngineIdentity => ({
    ...engine,
    weights: new Map(Object.entries(weights)),
    canary,
  });
  const of = (engines: readonly EngineIdentity[]) =>
    card((made) => {
      engines.forEach((each, index) => {
        made.add(intent(index, [prediction()], { contract: 2, engine: each }));
      });
    });
  const found = async (made: TelemetryCard, expected?: Readonly<Record<string, number>>) =>
    (await integrity(made, expected === undefined ? {} : { expectedWeights: expected })).of("weights_mismatch");

  test("are one set: 0.3 and 0.1 + 0.2, and a billionth more or less", async () => {
    expect(
      await found(
        of([served({ m: 0.3, x: 0.7 }), served({ m: 0.1 + 0.2, x: 0.7 }), served({ m: 0.300000001, x: 0.699999999 })]),
      ),
    ).toMatchObject({ status: "pass", value: 1 });
  });

  test("are shown with six decimals, and one too large for that as it is", async () => {
    const { reason = "" } = (await found(of([served({ m: 0.1234561 })]), { m: 1 })) ?? {};
    expect(reason).toContain('the engine reports {"canary":null,"weights":{"m":0.123456}} (1 x');
    expect((await found(of([served({ m: 1e303 })]), { m: 1 }))?.reason).toContain('"m":1e+303}');
  });

  test("are one set even if every event has its own, and so is the canary's share", async () => {
    const jitter = Array.from({ length: 400 }, (_, index) => ((index * 7919) % 1000) * 1e-9);
    const engines = jitter.map((by) => served({ m: 0.1 + by, x: 0.9 - by }, { model: "m", weight: 0.1 + by }));
    expect(await found(of(engines), { m: 0.1000005, x: 0.8999995 })).toMatchObject({ status: "pass", value: 1 });
    expect((await found(of(engines), { m: 0.100002, x: 0.899998 }))?.status).toBe("violation");
  });

  test.each([
    [{ m: 0.3, x: 0.7 }, { m: 0.300001, x: 0.7 }, "pass"],
    [{ m: 0.3, x: 0.7 }, { m: 0.300002, x: 0.7 }, "violation"],
    [{ m: 1 }, { m: 1, x: 0 }, "pass"],
    [{ m: 1, x: 0.000002 }, { m: 1 }, "violation"],
  ])("%j and %j are a %s, in either order", async (one, other, status) => {
    for (const engines of [
      [one, other],
      [other, one],
    ]) {
      expect((await found(of(engines.map((weights) => served(weights)))))?.status).toBe(status);
    }
  });

  test("with another canary, none, or another share are two sets", async () => {
    const weights = { m: 0.1, x: 0.9 };
    const canaries = [null, { model: "m", weight: 0.1 }, { model: "x", weight: 0.1 }, { model: "m", weight: 0.2 }];
    for (const [at, one] of canaries.entries()) {
      for (const other of canaries.slice(at + 1))
        expect((await found(of([served(weights, one), served(weights, other)])))?.status).toBe("violation");
    }
  });

  test("are judged the same as a whole and in parts, in any order", async () => {
    const weight = fc.double({ min: 0.3, max: 0.3 + 2.5e-6, noNaN: true });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ m: weight, x: fc.option(weight, { nil: 0 }) }), { minLength: 2, maxLength: 6 }),
        fc.nat(6),
        fc.boolean(),
        async (sets, cut, swap) => {
          const engines = sets.map((set) => served(set));
          const [one, other] = [of(engines.slice(0, cut)), of(engines.slice(cut))];
          const merged = swap ? other : one;
          merged.merge(swap ? one : other);
          expect((await found(merged))?.status).toBe((await found(of(engines)))?.status);
          const differ = (["m", "x"] as const).some(
            (model) =>
              Math.max(...sets.map((set) => set[model])) - Math.min(...sets.map((set) => set[model])) > 1e-6 + 1e-12,
          );
          expect((await found(of(engines)))?.status).toBe(differ ? "violation" : "pass");
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("models in the telemetry", () => {
  test("a model that has a weight but never answers is judged, and fails", async () => {
    const weights = new Map([
      ["m", 0.5],
      ["ghost", 0.5],
    ]);
    const made = many(300, { contract: 2, engine: { ...engine, weights } });
    const { models } = judgeTelemetry(made, await compilePolicy(DEFAULT_POLICY), quiet);
    expect(models.map(({ model }) => model)).toEqual(["ghost", "m"]);
    expect(models[0]).toMatchObject({ verdict: "fail", stats: { n: 0, absent: 300 } });
  });

  test.each([
    ["of version 1", 0, [], "pass"],
    ["of version 1, with a policy that requires it", 0, ["latency"], "unknown"],
    ["of version 2, which promises it", 300, [], "unknown"],
    ["partly of version 2", 1, [], "unknown"],
  ] as const)("telemetry %s, without latency", async (_, version2, required, verdict) => {
    const answers = healthy(300);
    const made = card((c) => {
      answers.forEach((answer, index) => {
        c.add(intent(index, [prediction(answer)], index < version2 ? { contract: 2, engine } : {}));
      });
    });
    const { models } = judgeTelemetry(made, await compilePolicy({ ...DEFAULT_POLICY, require: required }), quiet);
    expect(models.map((model) => model.verdict)).toEqual([verdict]);
  });

  test("a model that answers twice in one event does not make up for an absence", async () => {
    const made = card((c) => {
      c.add(intent(0, [prediction(), prediction()]));
    });
    expect(judgeTelemetry(made, await compilePolicy(DEFAULT_POLICY), quiet).models[0]?.stats).toMatchObject({
      n: 2,
      absent: 0,
    });
  });

  test("a model that disappears fails because of its absence", async () => {
    const made = card((c) => {
      for (let index = 0; index < 500; index += 1) {
        const others = index < 400 ? [prediction({ model: "gone" })] : [];
        c.add(intent(index, [prediction(), ...others]));
      }
    });
    const { models } = judgeTelemetry(made, await compilePolicy(DEFAULT_POLICY), quiet);
    const gone = models.find(({ model }) => model === "gone");
    expect(gone?.stats).toMatchObject({ n: 400, absent: 100 });
    expect(gone?.checks.find(({ id }) => id === "error_rate_spike")?.status).toBe("violation");
  });
});

describe("ensemble", () => {
  const vote = (...actions: (string | null)[]) =>
    actions.map((action, index) =>
      prediction(
        action === null
          ? { model: `v${index}`, action: "HOLD", nonPrediction: "fallback: x" }
          : { model: `v${index}`, action },
      ),
    );

  test("agreement over all voters, and over predictions only", async () => {
    const made = card((c) => {
      c.add(intent(0, vote("BUY", "BUY", null, null)));
      c.add(intent(1, vote("BUY", "SELL", null, null)));
    });
    const { ensemble } = judgeTelemetry(made, await compilePolicy(DEFAULT_POLICY), quiet);
    expect(ensemble).toMatchObject({
      agreement: 0.5,
      hardDisagree: 0.5,
      n: 2,
      active: { agreement: 0.75, hardDisagree: 0.5 },
    });
    expect(ensemble.checks.map(({ status }) => status)).toEqual(["violation", "violation"]);
  });

  test.each([
    [["A", "A", "A", "A", "B"], "pass"],
    [["A", "A", "A", "A", "A"], "violation"],
    [["A", "A", "B", "C", "D"], "violation"],
  ])("agreement of %j is a %s", async (actions, status) => {
    const labels = { acting: ["A"], abstaining: ["B", "C", "D"] };
    const made = new TelemetryCard({ ...DEFAULT_POLICY, labels });
    made.add(intent(0, vote(...actions)));
    const policy = await compilePolicy({ ...DEFAULT_POLICY, labels });
    expect(judgeTelemetry(made, policy, quiet).ensemble.checks[0]?.status).toBe(status);
  });

  test.each([
    [10, "violation"],
    [11, "pass"],
    [16, "pass"],
    [17, "violation"],
  ])("%i of 20 votes alike, with 55 to 80 %% healthy, are a %s", async (alike, status) => {
    const made = card((c) => {
      c.add(intent(0, vote(...Array.from({ length: 20 }, (_, index) => (index < alike ? "BUY" : "HOLD")))));
    });
    const [agreement] = judgeTelemetry(made, await compilePolicy(DEFAULT_POLICY), quiet).ensemble.checks;
    expect(agreement).toMatchObject({ status, value: alike / 20, limit: alike < 11 ? 0.55 : 0.8 });
  });

  test.each([
    [0, "pass"],
    [1, "pass"],
    [2, "violation"],
  ])("%i of 5 decisions with votes for both BUY and SELL are a %s", async (opposed, status) => {
    const made = card((c) => {
      for (let index = 0; index < 5; index += 1) c.add(intent(index, vote("BUY", index < opposed ? "SELL" : "HOLD")));
    });
    const { checks } = judgeTelemetry(made, await compilePolicy(DEFAULT_POLICY), quiet).ensemble;
    expect(checks[1]).toMatchObject({ status, value: opposed / 5, limit: 0.2, n: 5 });
  });

  test("decisions of ensembles of any size, in any order, agree to the last bit", () => {
    const sizes = [7, 2, 3, 11, 5, 13, 2, 7, 17, 3];
    const agreement = (order: readonly number[]) =>
      card((c) => {
        order.forEach((size, index) => {
          c.add(intent(index, vote(...Array.from({ length: size }, (_, voter) => (voter === 0 ? "BUY" : "HOLD")))));
        });
      }).allVotes.result().agreement;
    const orders = sizes.map((_, index) => [...sizes.slice(index), ...sizes.slice(0, index)]);
    const expected = sizes.reduce((sum, size) => sum + Math.max(1, size - 1) / size, 0) / sizes.length;
    expect(agreement(sizes)).toBeCloseTo(expected, 12);
    expect(new Set([...orders, ...orders.map((order) => [...order].reverse())].map(agreement)).size).toBe(1);
  });

  test("a label outside the set is not a vote", () => {
    const made = card((c) => {
      c.add(intent(0, vote("BUY", "HODL")));
      c.add(intent(1, vote("BUY", "BUY", "HODL")));
    });
    expect(made.allVotes.result()).toEqual({ agreement: 1, hardDisagree: 0, n: 1 });
  });

  test("one voter says nothing about agreement", async () => {
    const { ensemble } = judgeTelemetry(many(300), await compilePolicy(DEFAULT_POLICY), quiet);
    expect(ensemble).toMatchObject({ agreement: null, hardDisagree: null });
    expect(ensemble.checks.map(({ status }) => status)).toEqual(["unknown", "unknown"]);
  });
});
