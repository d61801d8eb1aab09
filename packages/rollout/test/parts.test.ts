import { seededTelemetry, type Draft } from "@qsc-tooling/testkit";
import { decodeEntry } from "@qsc/stream-reader";
import { compilePolicy, DEFAULT_POLICY, judgeTelemetry, type TelemetryCard } from "@qsc/violations";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Collection } from "../src/judge/collect.js";
import type { PartCollection } from "../src/judge/part-collection.js";
import { rawEntry } from "./support.js";

const START = Date.UTC(2026, 0, 5, 9);
const WANTED = { policy: DEFAULT_POLICY, features: null, byLabel: true, recent: true, shadow: null };

/** What may be wrong with an event. The last makes two events of this kind one decision. */
const TROUBLES: readonly ((draft: Draft, index: number) => void)[] = [
  (draft) => {
    draft.fields["payload"] = "{";
  },
  (draft) => {
    draft.fields["event_type"] = "other";
  },
  (draft) => {
    delete draft.modelBreakdown["nhits"];
  },
  (draft) => {
    Object.assign(draft.modelBreakdown["xgboost"] ?? {}, { confidence: Number.NaN });
  },
  (draft, index) => {
    Object.assign(draft.modelBreakdown["lightgbm"] ?? {}, { action: `HODL ${index}` });
  },
  (draft, index) => {
    Object.assign(draft.modelBreakdown, { [`model ${index}`]: draft.modelBreakdown["xgboost"] });
  },
  (draft) => {
    Object.assign(draft.modelBreakdown["patchtst"] ?? {}, { status: "inactive" });
  },
  (draft) => {
    draft.features["x"] = Number.POSITIVE_INFINITY;
  },
  (draft) => {
    draft.payload["decision_id"] = "the same";
  },
];
const REPEATS = TROUBLES.length - 1;

const streams = fc.record({
  seed: fc.nat(1_000_000),
  version: fc.constantFrom(1 as const, 2 as const),
  count: fc.integer({ min: 1, max: 150 }),
  troubles: fc.array(fc.tuple(fc.nat(149), fc.nat(REPEATS)), { maxLength: 12 }),
  cuts: fc.array(fc.nat(150), { minLength: 1, maxLength: 6 }),
});

function collected(items: readonly ReturnType<typeof rawEntry>[], ofPart: boolean): Collection {
  const collection = new Collection(WANTED, "by-id", ofPart);
  for (const item of items) collection.add(collection.read(item));
  return collection;
}

/** Parts as another thread returns them. */
function partOf(items: readonly ReturnType<typeof rawEntry>[]): PartCollection {
  return structuredClone(collected(items, true).part([]));
}

async function judged(card: TelemetryCard): Promise<unknown> {
  const context = {
    asOfMs: START + 200_000,
    nowMs: START + 200_000,
    sinceMs: null,
    sourceClockOffsetMs: null,
    gaps: [],
    minEvents: 50,
  };
  return {
    ...judgeTelemetry(card, await compilePolicy(DEFAULT_POLICY), context, new Map()),
    counts: card.counts,
    rejected: card.rejected(),
    ends: [card.firstId, card.lastId],
  };
}

test("joined parts are judged like the whole, or not at all if a decision is in two of them", async () => {
  let joinedOnes = 0;
  await fc.assert(
    fc.asyncProperty(streams, async ({ seed, version, count, troubles, cuts }) => {
      const mutate = (draft: Draft, index: number): void => {
        for (const [at, kind] of troubles) if (at === index) TROUBLES[kind]?.(draft, index);
      };
      const items = seededTelemetry({ seed, version, count, startMs: START, intervalMs: 1000, mutate }).entries.map(
        rawEntry,
      );
      const borders = [0, ...cuts.toSorted((a, b) => a - b), items.length];
      const pieces = borders.slice(1).map((to, at) => items.slice(borders[at], to));
      const keys = pieces.map(
        (piece) =>
          new Set(
            piece
              .map((item) => decodeEntry(item))
              .flatMap((read) => (read.kind === "intent" ? [read.decisionKey] : [])),
          ),
      );
      const isRepeated = keys.some((some, at) =>
        keys.slice(at + 1).some((others) => [...others].some((key) => some.has(key))),
      );
      const joined = Collection.ofParts(pieces.map(partOf), WANTED);
      expect(joined === null).toBe(isRepeated);
      if (joined === null) return;
      joinedOnes += 1;
      const whole = collected(items, false);
      expect(joined.newestMs).toBe(whole.newestMs);
      expect(await judged(joined.card)).toEqual(await judged(whole.card));
    }),
    { numRuns: 150 },
  );
  expect(joinedOnes).toBeGreaterThan(50);
});

test("samples that are no longer kept whole are joined to equal the whole, to the last bit", () => {
  const items = seededTelemetry({ seed: 5, version: 1, count: 30_000, startMs: START, intervalMs: 1000 }).entries.map(
    rawEntry,
  );
  const whole = collected(items, false).card;
  for (const cut of [1000, 13_000, 25_000]) {
    const joined = Collection.ofParts([partOf(items.slice(0, cut)), partOf(items.slice(cut))], WANTED)?.card;
    for (const model of whole.modelNames()) {
      const [a, b] = [whole.scorecardOf(model), joined?.scorecardOf(model)];
      expect(b?.predictions).toBe(a.predictions);
      expect(b?.confidences.n).toBeGreaterThan(20_000);
      for (const p of [0, 0.1, 0.5, 0.9, 1]) expect(b?.confidences.quantile(p)).toEqual(a.confidences.quantile(p));
      expect(b?.confidences.mode()).toEqual(a.confidences.mode());
      expect(b?.confidences.moments().state()).toEqual(a.confidences.moments().state());
    }
  }
});

test("parts are not joined if there were more kinds of something than are counted separately", () => {
  const mutate = (draft: Draft, index: number): void => {
    Object.assign(draft.modelBreakdown["lightgbm"] ?? {}, { action: `HODL ${index}` });
  };
  const items = seededTelemetry({
    seed: 5,
    version: 1,
    count: 180,
    startMs: START,
    intervalMs: 1000,
    mutate,
  }).entries.map(rawEntry);
  expect(Collection.ofParts([partOf(items.slice(0, 40)), partOf(items.slice(40, 90))], WANTED)).not.toBeNull();
  expect(Collection.ofParts([partOf(items.slice(0, 90)), partOf(items.slice(90))], WANTED)).toBeNull();
});
