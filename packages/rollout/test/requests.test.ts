import { seededTelemetry, temporaryDirectory } from "@qsc-tooling/testkit";
import { QscError, type QscDocument } from "@qsc/contract";
import { DEFAULT_POLICY, parseFeatureManifest } from "@qsc/violations";
import { readdir } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  activate,
  canaryWeights,
  deploy,
  diagnose,
  featureSanity,
  init,
  monitor,
  preflight,
  promote,
  qualityGate,
  rollback,
  scoreboard,
  waitForEvents,
  writeReport,
} from "../src/index.js";
import { ALL, judgementContext, sourceOf } from "./support.js";

const START = Date.UTC(2026, 0, 5, 9);
const LATER = START + 86_400_000;
/** Three decisions, which prove nothing. */
const three = () => sourceOf(seededTelemetry({ seed: 8, count: 3, startMs: START, intervalMs: 1000 }).entries);
const refusal = async (run: () => unknown): Promise<string> => {
  const thrown = await Promise.resolve()
    .then(run)
    .then(
      (answer) => answer,
      (error: unknown) => error,
    );
  if (!(thrown instanceof QscError))
    throw thrown instanceof Error ? thrown : new Error(`answered ${JSON.stringify(thrown).slice(0, 200)}`);
  expect(thrown.code).toBe("invalid_option");
  return thrown.message;
};

const JOURNAL = { skipped: "a recording" };
const GATE = { ...ALL, mode: "canary" as const, model: null };
const WAIT = {
  policy: DEFAULT_POLICY,
  model: null,
  need: 200,
  now: () => LATER,
  signal: new AbortController().signal,
  onProgress: () => undefined,
};
const judges: Readonly<Record<string, (wrong: object) => unknown>> = {
  qualityGate: (wrong) => qualityGate(three(), { ...GATE, ...wrong }, judgementContext(LATER)),
  scoreboard: (wrong) => scoreboard(three(), { ...ALL, ...wrong }, judgementContext(LATER)),
  diagnose: (wrong) => diagnose(three(), { ...ALL, model: null, journal: JOURNAL, ...wrong }, judgementContext(LATER)),
  featureSanity: (wrong) => featureSanity(three(), { ...ALL, manifest: null, ...wrong }, judgementContext(LATER)),
  waitForEvents: (wrong) => waitForEvents(three(), { ...ALL, ...wrong }, WAIT),
};

describe.each(Object.entries(judges))("%s", (_, judge) => {
  test.each<[string, object]>([
    ["request.afterMs is NaN", { afterMs: Number.NaN }],
    ["request.afterMs is -1", { afterMs: -1 }],
    ["request.afterMs is 1.5", { afterMs: 1.5 }],
    ["request.afterMs is undefined", { afterMs: undefined }],
    ["request.count is NaN", { count: Number.NaN }],
    ["request.count is -1", { count: -1 }],
    ["request.count is 0", { count: 0 }],
    ["request.count is 9007199254740992", { count: 2 ** 53 }],
    ['request.count is "5"', { count: "5" }],
    ["request.asOf.lastMs is NaN", { asOf: { firstMs: 0, lastMs: Number.NaN } }],
  ])("%s", async (message, wrong) => {
    expect(await refusal(() => judge(wrong))).toContain(message);
  });
});

describe("a gate", () => {
  test("in an unknown mode is refused", async () => {
    expect(
      await refusal(() => qualityGate(three(), { ...GATE, mode: "fast" as "canary" }, judgementContext(LATER))),
    ).toContain('request.mode is "fast"; it must be collection or canary');
  });

  test("of a policy whose minimum is NaN is refused", async () => {
    const policy = { ...DEFAULT_POLICY, minEvents: { collection: 100, canary: Number.NaN } };
    for (const judge of [
      () => qualityGate(three(), GATE, judgementContext(LATER, policy)),
      () => scoreboard(three(), ALL, judgementContext(LATER, policy)),
    ]) {
      expect(await refusal(judge)).toContain("context.policy.minEvents.canary is NaN");
    }
  });

  test("with a clock that is NaN is refused", async () => {
    expect(
      await refusal(() =>
        qualityGate(
          sourceOf(seededTelemetry({ seed: 8, count: 300, startMs: START, intervalMs: 1000 }).entries, true),
          GATE,
          judgementContext(Number.NaN),
        ),
      ),
    ).toContain("Ms is NaN");
  });
});

test("a wait without a number of events to wait for is refused", async () => {
  for (const need of [Number.NaN, -1, 0, "200"])
    expect(await refusal(() => waitForEvents(three(), ALL, { ...WAIT, need: need as number }))).toContain(
      "options.need is",
    );
  const limits = Object.fromEntries(
    Object.entries(DEFAULT_POLICY.limits).filter(([key]) => key !== "telemetry_silence.maxAge"),
  );
  expect(
    await refusal(() => waitForEvents(three(), ALL, { ...WAIT, policy: { ...DEFAULT_POLICY, limits } })),
  ).toContain('limits["telemetry_silence.maxAge"] is undefined');
});

describe("acting commands", () => {
  const signal = new AbortController().signal;
  const context = {} as never;
  const common = { proofMs: 1000, signal };
  const acts: readonly (readonly [string, () => unknown])[] = [
    [
      "request.cutoverMs is NaN",
      () =>
        activate(context, {
          ...common,
          model: "m",
          cutoverMs: Number.NaN,
          dryRun: false,
          durationMs: 1,
          watchUnit: null,
        }),
    ],
    [
      "request.durationMs is NaN",
      () =>
        activate(context, {
          ...common,
          model: "m",
          cutoverMs: 1,
          dryRun: false,
          durationMs: Number.NaN,
          watchUnit: null,
        }),
    ],
    [
      "request.proofMs is NaN",
      () =>
        activate(context, {
          signal,
          proofMs: Number.NaN,
          model: "m",
          cutoverMs: 1,
          dryRun: false,
          durationMs: 1,
          watchUnit: null,
        }),
    ],
    ["request.to is 0.3", () => promote(context, { ...common, to: 0.3 as 0.5, durationMs: 1, watchUnit: null })],
    ["request.durationMs is -1", () => promote(context, { ...common, to: 0.5, durationMs: -1, watchUnit: null })],
    [
      "request.intervalMs is NaN",
      () =>
        monitor(context, {
          ...common,
          durationMs: null,
          intervalMs: Number.NaN,
          window: 2000,
          rule: "strict",
          stay: false,
          onReport: () => undefined,
        }),
    ],
    [
      "request.window is 0",
      () =>
        monitor(context, {
          ...common,
          durationMs: null,
          intervalMs: 1,
          window: 0,
          rule: "strict",
          stay: false,
          onReport: () => undefined,
        }),
    ],
    [
      'request.rule is "stict"',
      () =>
        monitor(context, {
          ...common,
          durationMs: null,
          intervalMs: 1,
          window: 1,
          rule: "stict" as "strict",
          stay: false,
          onReport: () => undefined,
        }),
    ],
    ["request.proofMs is NaN", () => rollback(context, { reason: "r", takeOver: false, proofMs: Number.NaN })],
    [
      "request.commit is 5",
      // What a caller without types may pass.
      () => deploy(context, { ...common, repository: {} as never, commit: 5 as unknown as string, build: null }),
    ],
    [
      "request.user is undefined",
      () => init(context, { root: "/", dryRun: true, force: false, confirm: null } as never),
    ],
    [
      "request.requiredEnvironment is undefined",
      () => preflight(context, { repository: null, nodeVersion: "22.0.0" } as never),
    ],
    [
      "request.requiredEnvironment[0] is",
      () =>
        preflight(context, {
          repository: null,
          nodeVersion: "22.0.0",
          requiredEnvironment: [{ name: "A", equal: "1" }],
        } as never),
    ],
    ["request.nodeVersion is undefined", () => preflight(context, { repository: null } as never)],
    ["baseline.a is NaN", () => canaryWeights({ a: Number.NaN, b: 1 }, "b", 0.1)],
    ["share is NaN", () => canaryWeights({ a: 0.5, b: 0.5 }, "b", Number.NaN as 0.1)],
  ];
  test.each(acts)("%s", async (message, act) => {
    expect(await refusal(act)).toContain(message);
  });
});

test("what is not a document leaves no report behind", async () => {
  const directory = await temporaryDirectory();
  try {
    expect(
      await refusal(() =>
        writeReport(
          // A document as a caller without types may pass it.
          {
            kind: "quality-gate",
            judgedAt: "2026-01-05T09:00:00.000Z",
            after: null,
            mode: "canary",
          } as unknown as QscDocument,
          directory.path,
        ),
      ),
    ).toContain("document.");
    expect(await readdir(directory.path)).toEqual([]);
  } finally {
    await directory.remove();
  }
});

test("any value of any type in any part of a request is refused by name, or judged without a pass", async () => {
  const value = fc.oneof(
    fc.anything({ withBigInt: true, withNullPrototype: true, withMap: true }),
    fc.constantFrom<unknown>(Number.NaN, -1, 0, 1, 2, "", null, undefined, 2 ** 53, Symbol("s")),
  );
  const manifest = { name: "m.json", content: parseFeatureManifest('{"features": ["a"]}', "m.json") };
  const keys = ["afterMs", "count", "asOf", "mode", "model", "journal", "manifest"] as const;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...Object.values(judges).slice(0, 4)),
      fc.constantFrom(...keys),
      value,
      async (judge, key, given) => {
        const found = await Promise.resolve()
          .then(() => judge({ manifest, [key]: given }))
          .catch((thrown: unknown) => thrown);
        if (found instanceof QscError) return;
        if (found instanceof Error) throw found;
        expect((found as { readonly verdict: string }).verdict).not.toBe("pass");
      },
    ),
    { numRuns: 300 },
  );
});
