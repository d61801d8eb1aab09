import { seededTelemetry, type Draft } from "@qsc-tooling/testkit";
import { idTime, parseEntryId } from "@qsc/contract";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { qualityGate, scoreboard } from "../src/index.js";
import { ALL, judgementContext, sourceOf } from "./support.js";

const COUNT = 220;
const MODEL = "xgboost";

/** What is wrong with the model before any hash is swapped. */
const FAULTS: Readonly<Record<string, (answer: Record<string, unknown>, index: number) => void>> = {
  healthy: () => undefined,
  frozen: (answer) => Object.assign(answer, { action: "BUY", confidence: 0.6 }),
  slow: (answer) => Object.assign(answer, { latency_ms: 5000 }),
  "another file from the middle on": (answer, index) => {
    if (index >= COUNT / 2) answer["artifact_sha256"] = "a".repeat(64);
  },
  "a hash that is not one": (answer) => Object.assign(answer, { artifact_sha256: "d41d8cd98f00b204e9800998ecf8427e" }),
};

/** What a hash may be replaced by; `undefined` takes it away. */
const OTHER: Readonly<Record<string, (hash: unknown) => unknown>> = {
  "with its prefix": (hash) => `sha256:${String(hash)}`,
  "in capitals": (hash) => String(hash).toUpperCase(),
  "of another file": () => "b".repeat(64),
  "of another file, with its prefix": () => `sha256:${"b".repeat(64)}`,
  md5: () => "d41d8cd98f00b204e9800998ecf8427e",
  base64: () => "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
  "a number": () => 12345,
  "an empty text": () => "",
  null: () => null,
  "left out": () => undefined,
  "a list": (hash) => [hash],
};

/** From which event to which the hash is replaced, and by what. */
const swap = fc.record({
  from: fc.nat(COUNT - 1),
  count: fc.integer({ min: 1, max: COUNT }),
  by: fc.constantFrom(...Object.keys(OTHER)),
});
type Swap = typeof swap extends fc.Arbitrary<infer One> ? One : never;

function telemetry(fault: string, swaps: readonly Swap[]) {
  const files = new Set<string>();
  const { entries } = seededTelemetry({
    seed: 47,
    version: 2,
    count: COUNT,
    intervalMs: 1000,
    mutate: (draft, index) => {
      const answer = answerOf(draft);
      FAULTS[fault]?.(answer, index);
      for (const { from, count, by } of swaps) {
        if (index < from || index >= from + count) continue;
        const hash = OTHER[by]?.(answer["artifact_sha256"]);
        if (hash === undefined) delete answer["artifact_sha256"];
        else answer["artifact_sha256"] = hash;
      }
      files.add(fileOf(answer));
    },
  });
  return { entries, files };
}

function answerOf(draft: Draft): Record<string, unknown> {
  const answer = draft.modelBreakdown[MODEL];
  if (answer === undefined) throw new Error(`the telemetry has no ${MODEL}`);
  return answer;
}

async function judged({ entries, files }: ReturnType<typeof telemetry>) {
  const last = parseEntryId(entries.at(-1)?.id ?? "");
  const now = judgementContext(last === null ? 0 : idTime(last));
  const gate = await qualityGate(sourceOf(entries), { ...ALL, mode: "canary", model: MODEL }, now);
  const { models } = await scoreboard(sourceOf(entries), ALL, now);
  return {
    gate: gate.exitCode,
    isGo: models.find(({ model }) => model === MODEL)?.status === "GO",
    isOneFile: files.size === 1 && !files.has("none"),
  };
}

/** The file that an answer says it came from. */
function fileOf({ artifact_sha256: hash }: Record<string, unknown>): string {
  return /^(?:sha256:)?([0-9a-f]{64})$/i.exec(typeof hash === "string" ? hash : "")?.[1]?.toLowerCase() ?? "none";
}

describe("swapping the hashes of a model's file", () => {
  test.each(Object.keys(FAULTS))("never turns a fail into a pass: %s", async (fault) => {
    const before = await judged(telemetry(fault, []));
    expect(before.gate).toBe(fault === "healthy" ? 0 : 2);
    await fc.assert(
      fc.asyncProperty(fc.array(swap, { minLength: 1, maxLength: 4 }), async (swaps) => {
        const after = await judged(telemetry(fault, swaps));
        const isSound = fault === "healthy" && after.isOneFile;
        expect({ swaps, passes: after.gate === 0, isGo: after.isGo }).toEqual({
          swaps,
          passes: isSound,
          isGo: isSound,
        });
      }),
      { numRuns: 25, seed: 47 },
    );
  });
});
