import { seededTelemetry, type Draft } from "@qsc-tooling/testkit";
import { parseEntryId, idTime } from "@qsc/contract";
import { compilePolicy, DEFAULT_POLICY } from "@qsc/violations";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { featureSanity, qualityGate } from "../src/index.js";
import { WatchWindow } from "../src/watch/window.js";
import { ALL, rawEntry, judgementContext, sourceOf } from "./support.js";

const LOST: readonly unknown[] = [null, Number.NaN, Number.POSITIVE_INFINITY, "NaN", "nan", "-Infinity", "inf"];
const COUNT = 220;

/** What is wrong with the telemetry before any number is lost; null: healthy. */
const FAULTS: Readonly<Record<string, (draft: Draft, index: number) => void>> = {
  healthy: () => undefined,
  "a NaN feature": (draft, index) => {
    if (index % 50 === 3) draft.features[Object.keys(draft.features)[0] ?? ""] = Number.NaN;
  },
  "an infinite number in the payload": (draft, index) => {
    draft.payload["spread"] = index % 40 === 0 ? Number.POSITIVE_INFINITY : index;
  },
  "flat features": (draft) => {
    for (const name of Object.keys(draft.features)) draft.features[name] = 1;
  },
  "a frozen model": (draft) => {
    Object.assign(draft.modelBreakdown["xgboost"] ?? {}, { action: "BUY", confidence: 0.6 });
  },
  "a wrong confidence": (draft, index) => {
    if (index === 100) Object.assign(draft.modelBreakdown["xgboost"] ?? {}, { confidence: 1.5 });
  },
  "a slow model": (draft) => {
    Object.assign(draft.modelBreakdown["xgboost"] ?? {}, { latency_ms: 5000 });
  },
};

/** A number of one event that is lost. */
interface Loss {
  readonly event: number;
  readonly where: "features" | "payload" | "model";
  readonly which: number;
  readonly value: unknown;
}

const loss: fc.Arbitrary<Loss> = fc.record({
  event: fc.nat(COUNT - 1),
  where: fc.constantFrom("features", "features", "payload", "model"),
  which: fc.nat(20),
  value: fc.constantFrom(...LOST),
});

/** The numbers of a part of an event, by name. */
function partOf(draft: Draft, where: Loss["where"]): Record<string, unknown> {
  if (where === "features") return draft.features;
  return where === "payload" ? draft.payload : (draft.modelBreakdown["xgboost"] ?? {});
}

function lose(draft: Draft, { where, which, value }: Loss): void {
  const part = partOf(draft, where);
  const numbers = Object.keys(part).filter((name) => typeof part[name] === "number");
  const name = numbers[which % Math.max(1, numbers.length)];
  if (name !== undefined) part[name] = value;
}

function telemetry(version: 1 | 2, fault: string, losses: readonly Loss[]) {
  return seededTelemetry({
    seed: 31,
    version,
    count: COUNT,
    intervalMs: 1000,
    mutate: (draft, index) => {
      FAULTS[fault]?.(draft, index);
      for (const each of losses) if (each.event === index) lose(draft, each);
    },
  }).entries;
}

async function exitCodes(entries: ReturnType<typeof telemetry>) {
  const last = parseEntryId(entries.at(-1)?.id ?? "");
  const now = judgementContext(last === null ? 0 : idTime(last));
  const gate = await qualityGate(sourceOf(entries), { ...ALL, mode: "canary", model: "xgboost" }, now);
  const sanity = await featureSanity(sourceOf(entries), { ...ALL, manifest: null }, now);
  return { gate: gate.exitCode, sanity: sanity.exitCode };
}

describe.each([1, 2] as const)("turning numbers of version %i telemetry into null, NaN or text", (version) => {
  test.each(Object.keys(FAULTS))("never turns a fail into a pass: %s", async (fault) => {
    const before = await exitCodes(telemetry(version, fault, []));
    if (fault === "healthy") expect(before).toEqual({ gate: 0, sanity: 0 });
    else expect(Math.max(before.gate, before.sanity)).toBe(2);
    await fc.assert(
      fc.asyncProperty(fc.array(loss, { minLength: 1, maxLength: 12 }), async (losses) => {
        const after = await exitCodes(telemetry(version, fault, losses));
        expect({ losses, gate: after.gate >= before.gate, sanity: after.sanity >= before.sanity }).toEqual({
          losses,
          gate: true,
          sanity: true,
        });
        // Both find a lost number that a model was given, wherever it is lost.
        if (losses.some(({ where }) => where === "features")) expect(after).toEqual({ gate: 2, sanity: 2 });
      }),
      { numRuns: 12, seed: 13 },
    );
  });

  test("a number that is NaN somewhere also fails if every NaN is null instead", async () => {
    for (const value of LOST) {
      const entries = telemetry(
        version,
        "healthy",
        Array.from({ length: 70 }, (_, at) => ({ event: 3 * at, where: "features" as const, which: 2, value })),
      );
      expect(await exitCodes(entries)).toEqual({ gate: 2, sanity: 2 });
    }
  });
});

test("a lost number ends a watch, like NaN", async () => {
  const policy = await compilePolicy(DEFAULT_POLICY);
  const model = { predictions: 300, nonPredictions: 0, latencyP95Ms: 10 };
  for (const value of LOST) {
    const window = new WatchWindow(300, policy, { weights: {}, models: { xgboost: model } }, 0);
    const entries = telemetry(2, "healthy", [{ event: 100, where: "features", which: 1, value }]);
    for (const entry of entries) window.add(rawEntry(entry));
    const { integrity } = window.look(Number(entries.at(-1)?.id.split("-")[0]), []);
    expect(integrity.find(({ id }) => id === "feature_not_finite")).toMatchObject({ status: "violation", value: 1 });
  }
});
