import { describeRequiring, requireRedis, seededTelemetry, type Draft } from "@qsc-tooling/testkit";
import { expect, test } from "vitest";
import { sourcePair } from "./support/both-sources.js";
import { documentHere } from "./support/here.js";

/** What an engine says about an answer that is not the model's own. */
const SAYS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "insufficient history, in words": { reason: "insufficient history: 12 of 60 rows" },
  "insufficient history, with a hyphen": { reason: "Insufficient-History" },
  "a model in camel case": { model: "xgboostInsufficientHistory" },
  "fall back, in words": { reason: "fall back to neutral" },
  "a reason that is an object": { reason: { kind: "fallback" } },
  "triggered by a fallback": { triggered_by: "fallback" },
  "triggered by insufficient history, in words": { triggered_by: "guard: insufficient history" },
  "marked as a fallback": { fallback: true },
  "active: no": { active: "no" },
  "active: 0, as text": { active: "0" },
};

describeRequiring(requireRedis(), "answers that are not the model's own", () => {
  const sources = sourcePair();
  const every = (step: number, marks: Readonly<Record<string, unknown>>) => (draft: Draft, index: number) => {
    if (index % step === 0) Object.assign(draft.modelBreakdown["xgboost"] ?? {}, marks);
  };

  test.each(Object.keys(SAYS).flatMap((what) => [1, 2].map((version) => [what, version as 1 | 2] as const)))(
    "%s, in version %i: one in ten is too many",
    async (what, version) => {
      const { entries } = seededTelemetry({
        seed: 9,
        version,
        count: 300,
        intervalMs: 1000,
        mutate: every(10, SAYS[what] ?? {}),
      });
      for (const source of await sources.write(entries)) {
        const gate = await documentHere(["quality-gate", "--mode", "canary", "--model", "xgboost", ...source], {
          cwd: sources.directory,
        });
        expect([gate.code, gate.reasons]).toEqual([2, [expect.stringContaining("error_rate_spike")]]);
      }
    },
  );
});
