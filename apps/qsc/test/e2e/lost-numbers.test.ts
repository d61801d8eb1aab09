import { describeRequiring, requireRedis, seededTelemetry, type Draft, type Entry } from "@qsc-tooling/testkit";
import type { SanityDocument } from "@qsc/contract";
import { describe, expect, test } from "vitest";
import { sourcePair } from "./support/both-sources.js";
import { documentHere } from "./support/here.js";

const EVERY_THIRD = (change: (draft: Draft, index: number) => void) => (draft: Draft, index: number) => {
  if (index % 3 === 0) change(draft, index);
};
const telemetry = (version: 1 | 2, mutate?: (draft: Draft, index: number) => void): Entry[] =>
  seededTelemetry({ seed: 8, version, count: 300, intervalMs: 1000, ...(mutate && { mutate }) }).entries;

const TEXTS = ["NaN", "nan", "NAN", "Infinity", "-Infinity", "inf", "-inf", "+Inf", " -INFINITY "];
/** What a writer turns a number that is not finite into, by the number of the event. */
const WRITTEN: Readonly<Record<string, (index: number) => unknown>> = {
  "as Python writes it": (index) => (index % 2 === 0 ? Number.NaN : Number.NEGATIVE_INFINITY),
  "as null": () => null,
  "as a text": (index) => TEXTS[index % TEXTS.length],
};

/** Where the number was: the telemetry, and how the gate names the place. */
const PLACES: Readonly<
  Record<string, { readonly of: (written: (index: number) => unknown) => Entry[]; readonly named: string }>
> = {
  "version 1, a promised number": {
    of: (written) =>
      telemetry(
        1,
        EVERY_THIRD((draft, index) => {
          draft.features["atr_value"] = written(index);
        }),
      ),
    named: "atr_value",
  },
  "version 1, a promised number, everywhere": {
    of: (written) =>
      telemetry(1, (draft, index) => {
        draft.features["funding_rate"] = written(index);
      }),
    named: "funding_rate",
  },
  "version 1, another number of the payload": {
    of: (written) =>
      telemetry(1, (draft, index) => {
        draft.payload["spread_bps"] = index % 3 === 0 ? written(index) : 1 + (index % 7);
      }),
    named: "spread_bps",
  },
  "version 2, a feature": {
    of: (written) =>
      telemetry(
        2,
        EVERY_THIRD((draft, index) => {
          draft.features["macd"] = written(index);
        }),
      ),
    named: "features.macd",
  },
  "version 2, a feature of one model": {
    of: (written) =>
      telemetry(2, (draft, index) => {
        draft.features = { xgboost: { a: index % 3 === 0 ? written(index) : index % 11 }, nhits: { b: index % 13 } };
      }),
    named: "features.xgboost.a",
  },
};

describeRequiring(requireRedis(), "a number that a writer turned into null or text", () => {
  const sources = sourcePair();

  /** The documents over the entries from both kinds of source, which must agree. */
  async function judged(entries: readonly Entry[]) {
    const written = await sources.write(entries);
    const [gate, gateOfRedis] = await Promise.all(
      written.map((source) =>
        documentHere(["quality-gate", "--mode", "canary", ...source], { cwd: sources.directory }),
      ),
    );
    const [sanity, sanityOfRedis] = await Promise.all(
      written.map((source) => documentHere<SanityDocument>(["feature-sanity", ...source], { cwd: sources.directory })),
    );
    if (gate === undefined || sanity === undefined) throw new Error("no document");
    expect([gateOfRedis?.code, gateOfRedis?.reasons]).toEqual([gate.code, gate.reasons]);
    expect([sanityOfRedis?.code, sanityOfRedis?.reasons]).toEqual([sanity.code, sanity.reasons]);
    return { gate, sanity };
  }

  test.each([1, 2] as const)(
    "healthy telemetry of version %i passes, and the gate says that every number is finite",
    async (version) => {
      const { gate, sanity } = await judged(telemetry(version));
      expect([gate.code, sanity.code]).toEqual([0, 0]);
      expect(gate.integrity.find(({ id }) => id === "feature_not_finite")?.reason).toBe(
        "every number outside the models' answers is finite",
      );
    },
  );

  test("members that are always null, and texts that only begin like a number, are healthy", async () => {
    const { gate, sanity } = await judged(
      telemetry(1, (draft) => {
        Object.assign(draft.payload, {
          regime: "informed",
          stop_loss: null,
          reason: null,
          symbol: "INF",
          note: "nano",
          tags: ["info"],
        });
      }),
    );
    expect([gate.reasons, sanity.reasons]).toEqual([[], []]);
    const second = await judged(
      telemetry(2, (draft, index) => {
        Object.assign(draft.payload, {
          no_decision_reason: index % 2 === 0 ? null : "quorum",
          symbol: "NAN",
          take_profit: index % 2 === 0 ? null : 3,
        });
      }),
    );
    expect([second.gate.reasons, second.sanity.reasons]).toEqual([[], []]);
  });

  describe.each(Object.entries(PLACES))("%s", (_, { of, named }) => {
    test.each(Object.entries(WRITTEN))("%s it is refused by the gate and by feature sanity", async (how, written) => {
      const { gate, sanity } = await judged(of(written));
      expect([gate.code, sanity.code]).toEqual([2, 2]);
      expect(gate.reasons.join()).toMatch(new RegExp(`feature_not_finite: [^;]*${named}`));
      expect(sanity.reasons.join()).toMatch(/feature_not_finite|missing_feature/);
      if (how === "as null") expect(sanity.reasons.join()).not.toContain("feature_not_a_number");
    });
  });

  const OF_THE_DECISION = ["confidence", "consensus_count", "total_models"].flatMap((name) =>
    [1, 2].map((version) => ({ name, version: version as 1 | 2 })),
  );
  describe.each(OF_THE_DECISION)("$name of the decision, in version $version", ({ name, version }) => {
    test.each([...Object.entries(WRITTEN), ["as any other text", () => "0.7"] as const])(
      "%s it is refused by the gate and by feature sanity, in a third of the decisions or in all",
      async (_, written) => {
        for (const step of [3, 1]) {
          const { gate, sanity } = await judged(
            telemetry(version, (draft, index) => {
              if (index % step === 0) draft.payload[name] = written(index);
            }),
          );
          expect([gate.code, sanity.code]).toEqual([2, 2]);
          expect(gate.reasons.join()).toMatch(new RegExp(`feature_not_finite: [^;]*${name}`));
        }
      },
    );
  });

  test.each([
    ["below_quorum", 0],
    ["", 2],
    [null, 2],
  ])("as null beside the reason %j why there is no decision, version 2: exit %i", async (reason, code) => {
    const { gate } = await judged(
      telemetry(
        2,
        EVERY_THIRD((draft) => {
          Object.assign(draft.payload, {
            side: "NONE",
            confidence: null,
            consensus_count: null,
            total_models: null,
            no_decision_reason: reason,
          });
        }),
      ),
    );
    expect([gate.code, gate.reasons.join()]).toEqual([
      code,
      expect.stringContaining(code === 0 ? "" : "feature_not_finite"),
    ]);
  });

  test.each([1, 2] as const)(
    "as a text elsewhere in a payload of version %i, however deep, it is refused by the gate",
    async (version) => {
      const { gate } = await judged(
        telemetry(
          version,
          EVERY_THIRD((draft, index) => {
            draft.payload["trade"] = { levels: [1, { stop: TEXTS[index % TEXTS.length] }] };
          }),
        ),
      );
      expect([gate.code, gate.reasons.join()]).toEqual([2, expect.stringContaining("trade.levels.1.stop")]);
    },
  );

  test.each(Object.entries(WRITTEN))("%s a confidence is invalid", async (_, written) => {
    const change = EVERY_THIRD((draft, index) => {
      for (const answer of Object.values(draft.modelBreakdown)) answer["confidence"] = written(index);
    });
    const { gate } = await judged(telemetry(2, change));
    expect([gate.code, gate.reasons.join()]).toEqual([
      2,
      expect.stringContaining("a confidence is a number in [0, 1]"),
    ]);
  });
});
