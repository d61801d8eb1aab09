import type { EngineIdentity, Policy } from "@qsc/contract";
import { describe, expect, test } from "vitest";
import {
  compilePolicy,
  DEFAULT_POLICY,
  judgeTelemetry,
  TelemetryCard,
  verdictOf,
  type TelemetryContext,
} from "../src/index.js";
import { intent, prediction } from "./support.js";

const engine: EngineIdentity = { build: "abc", bootId: "b1", weights: new Map([["m", 1]]), canary: null };
const asOfMs = 1_000_000 + 300_000;
const quiet: TelemetryContext = { asOfMs, sourceClockOffsetMs: 0, gaps: [], minEvents: 200 };

function card(fill: (card: TelemetryCard) => void): TelemetryCard {
  const made = new TelemetryCard(DEFAULT_POLICY);
  fill(made);
  return made;
}

async function integrity(made: TelemetryCard, context: Partial<TelemetryContext> = {}, policy: Policy = DEFAULT_POLICY) {
  const { integrity: checks } = judgeTelemetry(made, await compilePolicy(policy), { ...quiet, ...context });
  return {
    verdict: verdictOf(checks),
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
    for (const id of ["mixed_build", "engine_restarts", "weights_mismatch"]) {
      expect(of(id)).toMatchObject({ status: "unknown", waived: true });
    }
  });

  test("version 2 carries it all", async () => {
    const { verdict, of } = await integrity(many(300, { contract: 2, engine }));
    expect(verdict).toBe("pass");
    for (const id of ["mixed_build", "engine_restarts", "weights_mismatch"]) expect(of(id)?.status).toBe("pass");
  });

  test("a policy may insist on what version 1 cannot carry", async () => {
    const { verdict } = await integrity(many(300), {}, { ...DEFAULT_POLICY, require: ["build"] });
    expect(verdict).toBe("unknown");
  });

  test.each([
    [199, "violation"],
    [200, "pass"],
  ])("%i events for a minimum of 200 are a %s", async (n, status) => {
    expect((await integrity(many(n))).of("insufficient_data")?.status).toBe(status);
  });

  test("no event at all proves nothing", async () => {
    const { verdict, of } = await integrity(many(0));
    expect(verdict).toBe("fail");
    expect(of("telemetry_silence")?.status).toBe("unknown");
    expect(of("rejected_events")?.status).toBe("unknown");
  });

  test.each([
    [3, "pass"],
    [4, "violation"],
  ])("%i rejected beside 297 are a %s, named with a count and a place", async (rejected, status) => {
    const made = many(297);
    for (let index = 0; index < rejected; index += 1) {
      made.reject({ id: null, reason: "unreadable_json", place: `line 9${index}`, detail: "cut" });
    }
    const { of } = await integrity(made);
    expect(of("rejected_events")?.status).toBe(status);
    expect(of("rejected_events")?.reason).toContain(`unreadable_json (${rejected} x, first line 90)`);
    expect(of("feature_not_finite")?.status).toBe("unknown");
  });

  test("repetition harms nothing, contradiction does", async () => {
    const made = many(300);
    for (let index = 0; index < 300; index += 1) made.addDuplicate(intent(index, [prediction()]), true);
    expect((await integrity(made)).of("duplicate_events")).toMatchObject({ status: "pass", value: 0.5 });
    made.addDuplicate(intent(7, [prediction()]), false);
    expect((await integrity(made)).of("duplicate_events")?.status).toBe("violation");
  });

  test("telemetry of exactly the greatest age passes, older is silence", async () => {
    const newest = 1_000_000 + 299_000;
    expect((await integrity(many(300), { asOfMs: newest + 900_000 })).of("telemetry_silence")?.status).toBe("pass");
    expect((await integrity(many(300), { asOfMs: newest + 900_001 })).of("telemetry_silence")?.status).toBe("violation");
  });

  test("events from the future, or a source with another clock, are clock skew", async () => {
    const newest = 1_000_000 + 299_000;
    expect((await integrity(many(300), { asOfMs: newest - 5_000 })).of("clock_skew")?.status).toBe("pass");
    expect((await integrity(many(300), { asOfMs: newest - 5_001 })).of("clock_skew")?.status).toBe("violation");
    expect((await integrity(many(300), { sourceClockOffsetMs: -5_001 })).of("clock_skew")?.status).toBe("violation");
  });

  test("what was lost under the reader is a gap", async () => {
    const { of } = await integrity(many(300), { gaps: ["the stream was recreated"] });
    expect(of("stream_gap")).toMatchObject({ status: "violation", reason: "the stream was recreated" });
  });

  test("a NaN beside the models' answers fails the telemetry", async () => {
    const made = many(300);
    made.add(intent(300, [prediction()], { notFinite: ["atr_value"] }));
    expect((await integrity(made, { asOfMs: asOfMs + 1000 })).of("feature_not_finite")?.reason).toContain("atr_value (1 x, first 1300000-0)");
  });

  test("two builds, two processes, two sets of weights or two contract versions do not mix", async () => {
    const mixed = (given: Partial<EngineIdentity>) =>
      card((made) => {
        for (let index = 0; index < 300; index += 1) {
          made.add(intent(index, [prediction()], { contract: 2, engine: index < 150 ? engine : { ...engine, ...given } }));
        }
      });
    expect((await integrity(mixed({ build: "def" }))).of("mixed_build")?.status).toBe("violation");
    expect((await integrity(mixed({ bootId: "b2" }))).of("engine_restarts")).toMatchObject({ status: "violation", value: 1 });
    expect((await integrity(mixed({ weights: new Map([["m", 0.9], ["x", 0.1]]) }))).of("weights_mismatch")?.status).toBe("violation");
    const versions = many(300);
    versions.add(intent(300, [prediction()], { contract: 2, engine }));
    expect((await integrity(versions)).of("mixed_build")).toMatchObject({ status: "violation", waived: false });
  });

  test("weights other than those activated are a mismatch", async () => {
    const made = many(300, { contract: 2, engine });
    expect((await integrity(made, { expectedWeights: { m: 1 } })).of("weights_mismatch")?.status).toBe("pass");
    expect((await integrity(made, { expectedWeights: { m: 0.9, x: 0.1 } })).of("weights_mismatch")?.status).toBe("violation");
  });
});

describe("models of the telemetry", () => {
  test("a model that has a weight and never answers is judged, and fails", async () => {
    const weights = new Map([["m", 0.5], ["ghost", 0.5]]);
    const made = many(300, { contract: 2, engine: { ...engine, weights } });
    const { models } = judgeTelemetry(made, await compilePolicy(DEFAULT_POLICY), quiet);
    expect(models.map(({ model }) => model)).toEqual(["ghost", "m"]);
    expect(models[0]).toMatchObject({ verdict: "fail", stats: { n: 0, absent: 300 } });
  });

  test("a model that disappears fails by its absence", async () => {
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
      prediction(action === null ? { model: `v${index}`, action: "HOLD", nonPrediction: "fallback: x" } : { model: `v${index}`, action }),
    );

  test("agreement over all voters, and over predictions alone", async () => {
    const made = card((c) => {
      c.add(intent(0, vote("BUY", "BUY", null, null)));
      c.add(intent(1, vote("BUY", "SELL", null, null)));
    });
    const { ensemble } = judgeTelemetry(made, await compilePolicy(DEFAULT_POLICY), quiet);
    expect(ensemble).toMatchObject({ agreement: 0.5, hardDisagree: 0.5, n: 2, active: { agreement: 0.75, hardDisagree: 0.5 } });
    expect(ensemble.checks.map(({ status }) => status)).toEqual(["violation", "violation"]);
  });

  test.each([
    [["A", "A", "A", "A", "B"], "pass"],
    [["A", "A", "A", "A", "A"], "violation"],
    [["A", "A", "B", "C", "D"], "violation"],
  ])("agreement of %j is a %s", async (actions, status) => {
    const labels = { trading: ["A"], neutral: ["B", "C", "D"] };
    const made = new TelemetryCard({ labels, confidence: {} });
    made.add(intent(0, vote(...actions)));
    const policy = await compilePolicy({ ...DEFAULT_POLICY, labels });
    expect(judgeTelemetry(made, policy, quiet).ensemble.checks[0]?.status).toBe(status);
  });

  test("one voter measures nothing", async () => {
    const { ensemble } = judgeTelemetry(many(300), await compilePolicy(DEFAULT_POLICY), quiet);
    expect(ensemble).toMatchObject({ agreement: null, hardDisagree: null });
    expect(ensemble.checks.map(({ status }) => status)).toEqual(["unknown", "unknown"]);
  });
});
