import { firstIdAt, idTime, type EntryId, type Policy } from "@qsc/contract";
import { readItem, type SourceItem } from "@qsc/stream-reader";
import { compilePolicy, DEFAULT_POLICY, DuplicateFilter, judgeTelemetry, TelemetryCard } from "@qsc/violations";
import fc from "fast-check";
import { expect, test } from "vitest";
import { NewestCard } from "../../src/watch/newest-card.js";
import { violationsOf } from "../../src/watch/violations.js";
import { WatchWindow, type WindowJudgement } from "../../src/watch/window.js";

const START_MS = Date.UTC(2026, 0, 5, 9);
const MODELS = ["xgb", "nhits", "tft"];
const baseline = { predictions: 500, nonPredictions: 3, latencyP95Ms: 40 };
const canary = {
  weights: { xgb: 0.5, nhits: 0.4, tft: 0.1 },
  models: Object.fromEntries(MODELS.map((model) => [model, baseline])),
};
const policy: Policy = {
  ...DEFAULT_POLICY,
  minEvents: { collection: 3, canary: 6 },
  confidence: { tft: "logit" },
  checks: [{ id: "own", violatedWhen: "std < 0.2 and modeShare > 0.3" }],
};
const compiled = await compilePolicy(policy);

/** What a model answers, and an engine reports, in one decision. */
interface Said {
  readonly decision: number;
  readonly atMs: number;
  readonly answers: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly boot?: string;
  readonly notFinite?: readonly string[];
  readonly weights?: Readonly<Record<string, number>>;
  readonly canary?: { readonly model: string; readonly weight: number } | null;
}

function entry({
  decision,
  atMs,
  answers,
  boot = "boot",
  notFinite = [],
  canary: named = null,
  ...said
}: Said): SourceItem {
  const weights =
    said.weights ??
    Object.fromEntries(
      Object.keys(answers)
        .slice(0, 3)
        .map((model) => [model, 1]),
    );
  const payload = JSON.stringify({
    symbol: "BTCUSDC",
    side: "BUY",
    confidence: 0.5,
    decision_id: `d-${decision}`,
    build: "build",
    boot_id: boot,
    weights,
    canary: named,
    features_at: new Date(START_MS + atMs).toISOString(),
  });
  const breakdown = JSON.stringify(answers).replaceAll('"NaN"', "NaN").replaceAll('"-0"', "-0");
  const features = `{${["atr", ...notFinite].map((name) => `"${name}":${name === "atr" ? "1" : "NaN"}`).join(",")}}`;
  const id = firstIdAt(START_MS + atMs);
  return {
    kind: "entry",
    id,
    place: id,
    fields: [
      "event_type",
      "trade.intent",
      "contract",
      "2",
      "payload",
      payload,
      "model_breakdown",
      breakdown,
      "features",
      features,
    ],
  };
}

/** A judgement by its definition: the newest entries in a card of their own. */
function lookAnew(items: readonly SourceItem[], size: number, nowMs: number, gaps: readonly string[]): WindowJudgement {
  const decisions = new DuplicateFilter();
  const acts = items.map((item) => {
    const read = readItem(item);
    const occurrence = read.kind === "rejected" ? "new" : decisions.see(read.decisionKey, read.contentKey);
    const act = (card: TelemetryCard): void => {
      if (read.kind === "rejected") card.reject(read);
      else if (occurrence === "new") card.add(read);
      else card.addDuplicate(read, occurrence === "duplicate");
    };
    return { act, atMs: read.kind === "intent" && occurrence === "new" ? idTime(read.id) : null };
  });
  const card = new TelemetryCard({ ...policy, byLabel: false, newest: false });
  for (const { act } of acts.slice(-size)) act(card);
  const gone = acts.slice(0, -size).flatMap(({ atMs }) => atMs ?? []);
  const sinceMs = Math.max(START_MS, ...gone);
  const context = {
    asOfMs: nowMs,
    nowMs,
    sinceMs,
    expectedModels: Object.keys(canary.models),
    sourceClockOffsetMs: null,
    gaps,
    minEvents: 6,
    expectedWeights: canary.weights,
  };
  const { integrity, models, repeated } = judgeTelemetry(
    card,
    compiled,
    context,
    new Map(Object.entries(canary.models)),
  );
  const watched = (all: typeof models) => all.filter(({ model }) => Object.hasOwn(canary.models, model));
  return {
    integrity,
    models: watched(models),
    events: card.counts.judged,
    repeated: repeated === null ? null : { ...repeated, models: watched(repeated.models) },
  };
}

/** Feeds a window, and compares it with the definition wherever it is judged. */
function expectLooks(
  size: number,
  items: readonly SourceItem[],
  isLookedAt: (index: number) => boolean,
  gaps: readonly string[] = [],
): void {
  const window = new WatchWindow(size, compiled, canary, START_MS);
  for (const [index, item] of items.entries()) {
    window.add(item);
    if (!isLookedAt(index)) continue;
    const nowMs = (item.id === null ? START_MS : idTime(item.id)) + 100;
    expect(window.look(nowMs, gaps)).toEqual(lookAnew(items.slice(0, index + 1), size, nowMs, gaps));
  }
}

const confidence = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
  { weight: 2, arbitrary: fc.constantFrom<unknown>(0.5, 0, "-0", 1) },
  fc.constantFrom<unknown>("NaN", 1.5, "high", null),
);
const latency = fc.oneof(
  { weight: 5, arbitrary: fc.double({ min: 0, max: 90, noNaN: true }) },
  fc.constantFrom<unknown>(0, 2000, "slow", undefined),
);
const answer = fc.record({
  action: fc.constantFrom<unknown>("BUY", "BUY", "SELL", "HOLD", "HODL", null),
  confidence,
  latency_ms: latency,
  status: fc.constantFrom("active", "active", "active", "active", "shadow"),
  artifact_sha256: fc.constantFrom("a".repeat(64), "a".repeat(64), "a".repeat(64), "b".repeat(64)),
});
const answers = fc.dictionary(fc.constantFrom(...MODELS, "other"), answer, { minKeys: 1, maxKeys: 4 });

/** A step of a stream: time advances, or goes back, and something is published. */
const step = fc.record({
  ms: fc.oneof({ weight: 8, arbitrary: fc.nat(2000) }, fc.constantFrom(-5000, 0, 400_000)),
  what: fc.oneof(
    { weight: 8, arbitrary: answers.map((given) => ({ kind: "decision", answers: given }) as const) },
    fc.record({ kind: fc.constant("again" as const), back: fc.nat(30), isOther: fc.boolean() }),
    fc.record({
      kind: fc.constant("unreadable" as const),
      how: fc.constantFrom("unreadable_json", "no_breakdown", "invalid_id"),
    }),
    fc.record({ kind: fc.constant("restart" as const), answers, notFinite: fc.subarray(["x", "y"]) }),
  ),
  isLookedAt: fc.boolean(),
});

function itemsOf(
  steps: readonly { readonly ms: number; readonly what: Parameters<typeof itemOf>[0] }[],
): readonly SourceItem[] {
  const said: Said[] = [];
  let atMs = 10_000;
  return steps.map(({ ms, what }, index) => {
    atMs = Math.max(0, atMs + ms);
    return itemOf(what, index, atMs, said);
  });
}

type Published =
  | { readonly kind: "decision"; readonly answers: Said["answers"] }
  | { readonly kind: "again"; readonly back: number; readonly isOther: boolean }
  | { readonly kind: "unreadable"; readonly how: string }
  | { readonly kind: "restart"; readonly answers: Said["answers"]; readonly notFinite: readonly string[] };

function itemOf(what: Published, index: number, atMs: number, said: Said[]): SourceItem {
  const id: EntryId = firstIdAt(START_MS + atMs);
  switch (what.kind) {
    case "unreadable":
      if (what.how === "invalid_id")
        return { kind: "rejected", id: null, place: `line ${index}`, reason: "invalid_id", detail: `no ID, ${index}` };
      return {
        kind: "entry",
        id,
        place: id,
        fields: ["event_type", "trade.intent", "contract", "2", "payload", what.how === "no_breakdown" ? "{}" : "{"],
      };
    case "again": {
      const former = said.at(-1 - what.back) ??
        said[0] ?? { decision: index, atMs, answers: { xgb: { action: "BUY", confidence: 0.5, status: "active" } } };
      return entry({
        ...former,
        atMs,
        ...(what.isOther && {
          answers: { ...former.answers, nhits: { action: "SELL", confidence: 0.25, status: "active" } },
        }),
      });
    }
    case "decision":
    case "restart": {
      const given = {
        decision: index,
        atMs,
        answers: what.answers,
        ...(what.kind === "restart" && {
          boot: `boot-${index}`,
          notFinite: what.notFinite,
          canary: { model: "xgb", weight: index % 2 },
        }),
      };
      said.push(given);
      return entry(given);
    }
  }
}

test("a judgement equals that of a fresh card of the newest entries, whatever came, at any time", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.array(step, { minLength: 20, maxLength: 120, size: "max" }),
      fc.subarray(["a gap"]),
      (size, steps, gaps) => {
        expectLooks(size, itemsOf(steps), (index) => steps[index]?.isLookedAt === true, gaps);
      },
    ),
    { numRuns: 30, seed: 20 },
  );
  // Ends a hanging test: on a busy machine it takes several times its usual ten seconds.
}, 480_000);

test("a canary that contradicts its weights ends a watch at its first decision, and one that agrees does not", () => {
  const answers = Object.fromEntries(
    MODELS.map((model) => [model, { action: "BUY", confidence: 0.5, status: "active" }]),
  );
  const seen = (named: NonNullable<Said["canary"]>) => {
    const window = new WatchWindow(10, compiled, canary, START_MS);
    window.add(entry({ decision: 1, atMs: 1000, answers, weights: canary.weights, canary: named }));
    return violationsOf(window.look(START_MS + 2000, []), MODELS, 6, { rule: "strict", seen: new Map() });
  };
  expect(seen({ model: "tft", weight: 0.1 })).toEqual([]);
  for (const contradiction of [
    { model: "tft", weight: 0.5 },
    { model: "other", weight: 0.1 },
  ]) {
    expect(seen(contradiction)).toEqual([expect.stringMatching(/^weights_mismatch: .*contradict each other/)]);
  }
});

test("also with more kinds than are counted separately, in an engine's names and in a model's", () => {
  const items = Array.from({ length: 500 }, (_, index) =>
    entry({
      decision: index,
      atMs: index * 1000,
      // Each returns while the window has it, after too many others in between; later there are few.
      boot: `boot-${index < 300 ? index % 110 : index % 7}`,
      answers: {
        xgb: {
          action: index % 5 === 0 ? `label ${index % 110}` : "BUY",
          confidence: index / 1000,
          status: "active",
          latency_ms: 5,
        },
        nhits: {
          action: "BUY",
          confidence: 0.5,
          status: "inactive",
          inactive_reason: `reason ${index % (index < 350 ? 105 : 20)}`,
        },
      },
    }),
  );
  expectLooks(130, items, (index) => index % 23 === 0);
});

test("also with more models than are counted separately", () => {
  const names = (from: number): Said["answers"] =>
    Object.fromEntries(
      Array.from({ length: 200 }, (_, at) => [
        `model-${from + at}`,
        { action: "BUY", confidence: 0.5, status: "active" },
      ]),
    );
  const items = Array.from({ length: 40 }, (_, index) =>
    entry({
      decision: index,
      atMs: index * 1000,
      answers:
        index > 5 && index < 16
          ? names(index * 190)
          : { xgb: { action: "BUY", confidence: index / 50, status: "active" } },
    }),
  );
  expectLooks(20, items, (index) => index % 3 === 0);
});

test("also with more entries than are kept whole", () => {
  const items = Array.from({ length: 20_300 }, (_, index) =>
    entry({
      decision: index,
      atMs: index * 1000,
      answers: {
        xgb: { action: "BUY", confidence: (index * 0.618_034) % 1, status: "active", latency_ms: (index * 7) % 50 },
      },
    }),
  );
  expectLooks(20_100, items, (index) => index % 10_100 === 10_099 || index === 20_299);
});

test("a judgement of a window with a thousand models keeps only the statistics of the watched ones", () => {
  const named = (index: number) => ({
    xgb: { action: "BUY", confidence: 0.5, status: "active" },
    [`m${index % 1000}`]: { action: "SELL", confidence: 0.1, status: "active" },
  });
  const items = Array.from({ length: 1100 }, (_, index) =>
    entry({ decision: index, atMs: index * 10, answers: named(index) }),
  );
  expectLooks(1000, items, (index) => index % 500 === 499);
  const newest = new NewestCard(1000, { ...policy, only: MODELS });
  for (const item of items) {
    const read = readItem(item);
    newest.add({ kind: "new", read });
  }
  expect([...newest.card().models.keys()]).toEqual(["xgb"]);
});

test("an entry that the engine has not signed ends a watch at once, and proves nothing", () => {
  const window = new WatchWindow(1000, compiled, canary, START_MS);
  const answers = Object.fromEntries(
    MODELS.map((model) => [model, { action: "BUY", confidence: 0.5, status: "active" }]),
  );
  for (let index = 0; index < 500; index += 1) window.add(entry({ decision: index, atMs: index * 10, answers }));
  const id = firstIdAt(START_MS + 5000);
  window.add({ kind: "rejected", id, place: id, reason: "signature_missing", detail: "the entry has no signature" });
  const look = window.look(START_MS + 5100, []);
  expect(violationsOf(look, MODELS, 100_000, { rule: "strict", seen: new Map() }).join("\n")).toContain(
    "rejected_events: 1 of 501 entries were rejected: signature_missing",
  );
});
