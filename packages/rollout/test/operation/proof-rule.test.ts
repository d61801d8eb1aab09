import { parseEntryId, SHADOW, type EntryId } from "@qsc/contract";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  NOTHING_SEEN,
  notShown,
  observe,
  type Expectation,
  type Observation,
  type ProofProgress,
} from "../../src/operation/proof-rule.js";
import { settleMs } from "../../src/operation/proof-reading.js";

const WEIGHTS = { xgb: 0.7, patchtst: 0.3 };
const FILE = "a".repeat(64);
const EXPECTED: Expectation = {
  weights: [WEIGHTS],
  canary: null,
  served: { build: "build", artifacts: { xgb: FILE } },
  formerBoots: new Set(["former"]),
};

function idOf(number: number): EntryId {
  const id = parseEntryId(`${number}-0`);
  if (id === null) throw new Error(`${number} makes no ID`);
  return id;
}

interface Said {
  readonly boot?: string;
  readonly weights?: Readonly<Record<string, number>>;
  readonly build?: string;
  readonly file?: string | null;
  readonly nonPrediction?: string | null;
  readonly canary?: { readonly model: string; readonly weight: number } | null;
}

function decision({
  boot = "new",
  weights = WEIGHTS,
  build = "build",
  file = FILE,
  nonPrediction = null,
  canary = null,
}: Said = {}): Observation {
  return {
    kind: "decision",
    id: idOf(1),
    engine: { bootId: boot, build, weights: new Map(Object.entries(weights)), canary },
    models: [
      {
        model: "xgb",
        nonPrediction,
        voted: nonPrediction === null,
        action: "BUY",
        confidence: 0.5,
        latencyMs: 1,
        artifactSha256: file,
      },
    ],
  };
}

const UNREADABLE: Observation = { kind: "unknown", what: "an entry that cannot be read (unreadable_json)" };

function after(...observations: readonly Observation[]): ProofProgress {
  return observations.reduce((progress, observation) => observe(progress, observation, EXPECTED), NOTHING_SEEN);
}

describe("the rule of proof", () => {
  test.each<[string, readonly Observation[], ProofProgress["kind"]]>([
    ["nothing", [], "waiting"],
    ["only decisions of the former process", [decision({ boot: "former" })], "waiting"],
    ["an entry that cannot be read", [UNREADABLE], "waiting"],
    ["one matching decision", [decision()], "serving"],
    [
      "former decisions under way, then the new process",
      [decision({ boot: "former", build: "old" }), decision()],
      "serving",
    ],
    [
      "a model that did not answer and names no file",
      [decision({ file: null, nonPrediction: "inactive: warming up" })],
      "serving",
    ],
    ["the former process after the new one", [decision(), decision({ boot: "former" })], "contradicted"],
    ["a third process after the new one", [decision(), decision({ boot: "elsewhere" })], "contradicted"],
    ["other weights", [decision({ weights: { xgb: 0.5, patchtst: 0.5 } })], "contradicted"],
    [
      "other weights in its second decision",
      [decision(), decision({ weights: { xgb: 0.5, patchtst: 0.5 } })],
      "contradicted",
    ],
    ["a canary that is not expected", [decision({ canary: { model: "xgb", weight: 0.1 } })], "contradicted"],
    ["another build", [decision({ build: "other" })], "contradicted"],
    ["another file", [decision({ file: "b".repeat(64) })], "contradicted"],
    ["a prediction that names no file, although the gate judged one", [decision({ file: null })], "contradicted"],
  ])("%s: it is %3$s", (_, observations, kind) => {
    expect(after(...observations).kind).toBe(kind);
  });

  test.each([
    [{ model: "patchtst", weight: 0.3 }, "serving"],
    [{ model: "patchtst", weight: 0.3000009 }, "serving"],
    [{ model: "patchtst", weight: 0.1 }, "contradicted"],
  ])("the canary %j with its weight of 0.3 is %s", (canary, kind) => {
    const progress = observe(NOTHING_SEEN, decision({ canary }), { ...EXPECTED, canary: "patchtst" });
    expect(progress.kind).toBe(kind);
    if (progress.kind === "contradicted")
      expect(progress.detail).toContain("the canary patchtst has the weight 0.1, and among the weights 0.3");
  });

  test("a canary that still answers as a shadow is contradicted", () => {
    const canary = { model: "xgb", weight: 0.7 };
    const expected = { ...EXPECTED, canary: "xgb" };
    const progress = observe(NOTHING_SEEN, decision({ canary, nonPrediction: SHADOW }), expected);
    expect(progress).toMatchObject({
      kind: "contradicted",
      detail: expect.stringContaining("xgb answers as a shadow, without a vote, although it is the canary") as string,
    });
    expect(observe(NOTHING_SEEN, decision({ nonPrediction: SHADOW }), EXPECTED).kind).toBe("serving");
  });

  test("a canary is shown once it has voted, and every judged model has named its file", () => {
    const canary = { model: "xgb", weight: 0.7 };
    const expected = { ...EXPECTED, canary: "xgb" };
    const missing = (...said: readonly Said[]): readonly string[] => {
      const progress = said.reduce<ProofProgress>(
        (known, each) => observe(known, decision({ canary, ...each }), expected),
        NOTHING_SEEN,
      );
      return progress.kind === "serving" ? notShown(progress, expected) : [progress.kind];
    };
    const inactive = { nonPrediction: "inactive: warming up" };
    expect(missing({ ...inactive, file: null })).toEqual(["xgb names its file", "xgb votes"]);
    expect(missing(inactive)).toEqual(["xgb votes"]);
    expect(missing({}, inactive)).toEqual([]);
  });

  test("an unreadable entry proves nothing and is counted: the settle time begins again", () => {
    expect(after(decision(), UNREADABLE, UNREADABLE)).toMatchObject({ kind: "serving", unknown: 2 });
  });

  test("a process that changes what it names is no proof, even if nothing was judged", () => {
    const any: Expectation = { ...EXPECTED, weights: [], served: null };
    for (const change of [{ build: "other" }, { file: "b".repeat(64) }, { weights: { xgb: 1 } }]) {
      expect(observe(observe(NOTHING_SEEN, decision(), any), decision(change), any).kind, JSON.stringify(change)).toBe(
        "contradicted",
      );
    }
  });

  test("it serves exactly if only one process follows the former one, and matches", () => {
    const boots = fc.constantFrom("former", "new", "elsewhere");
    const said = fc.record({ boot: boots, build: fc.constantFrom("build", "build", "build", "other") });
    fc.assert(
      fc.property(fc.array(said, { maxLength: 8 }), (all) => {
        const first = all.findIndex(({ boot }) => boot !== "former");
        const rest = first === -1 ? [] : all.slice(first);
        const fits = rest.every(({ boot, build }) => boot === rest[0]?.boot && build === "build");
        const wanted = rest.length === 0 ? "waiting" : fits ? "serving" : "contradicted";
        expect(after(...all.map(decision)).kind).toBe(wanted);
      }),
      { seed: 20_260_114, numRuns: 500 },
    );
  });

  test("nothing that follows undoes a contradiction", () => {
    expect(after(decision(), decision({ boot: "elsewhere" }), decision(), decision()).kind).toBe("contradicted");
  });
});

describe("the settle time", () => {
  test.each([
    [null, 30_000, 10_000],
    [5, 30_000, 1000],
    [2000, 30_000, 4000],
    [60_000, 30_000, 10_000],
    [null, 6000, 2000],
    [5, 1500, 500],
  ])("a decision every %s ms, %i ms in all: %i ms", (gapMs, timeoutMs, wanted) => {
    expect(settleMs(gapMs, timeoutMs)).toBe(wanted);
  });
});
