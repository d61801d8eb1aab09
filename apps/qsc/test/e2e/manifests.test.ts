import { createRandom, describeRequiring, requireRedis, seededTelemetry, type Draft } from "@qsc-tooling/testkit";
import type { SanityDocument } from "@qsc/contract";
import { writeFile } from "node:fs/promises";
import { beforeAll, expect, test } from "vitest";
import { sourcePair } from "./support/both-sources.js";
import { documentHere } from "./support/here.js";
import { qsc } from "./support/qsc.js";

const DECILES = [-1.2816, -0.8416, -0.5244, -0.2533, 0, 0.2533, 0.5244, 0.8416, 1.2816];
const NAMES = Array.from({ length: 12 }, (_, at) => `f${at}`);

/** A manifest whose features are standard normal. */
function manifest(
  name: string | null,
  features: readonly string[],
  counts: readonly number[] = DECILES.concat(0).map(() => 12_000),
): string {
  const reference = Object.fromEntries(features.map((feature) => [feature, { edges: DECILES, counts }]));
  return JSON.stringify({ ...(name !== null && { name }), features, reference });
}

/** Telemetry whose features are standard normal, of a fixed seed. */
function normal(count: number, seed: number, change: (draft: Draft, next: () => number) => void) {
  const random = createRandom(seed);
  return seededTelemetry({
    seed,
    count,
    intervalMs: 1000,
    mutate: (draft) => {
      change(draft, () => random.normal());
    },
  }).entries;
}

describeRequiring(requireRedis(), "feature sanity against manifests", () => {
  const sources = sourcePair();
  beforeAll(async () => {
    await Promise.all(
      Object.entries({
        "all.json": manifest(null, NAMES),
        "xgboost.json": manifest("xgboost", ["a", "b"]),
        "catboost.json": manifest("catboost", NAMES),
        "nhits.json": manifest("nhits", ["b", "c", "d"]),
        "unnamed.json": manifest(null, ["b", "c", "d"]),
        "shares.json": manifest(
          null,
          NAMES,
          DECILES.concat(0).map(() => 0.1),
        ),
        "percent.json": manifest(
          null,
          NAMES,
          DECILES.concat(0).map(() => 10),
        ),
      }).map(([name, text]) => writeFile(`${sources.directory}/${name}`, text)),
    );
  });
  /** Over a log and over a real Redis, which must agree. */
  async function sanity(
    entries: ReturnType<typeof normal>,
    ...options: readonly string[]
  ): Promise<SanityDocument & { readonly code: number | null }> {
    const written = await sources.write(entries);
    const manifests = options.flatMap((option) => ["--manifest", option]);
    const command = ["feature-sanity", ...manifests];
    const [ofLog, ofRedis] = await Promise.all(
      written.map((source) => documentHere<SanityDocument>([...command, ...source], { cwd: sources.directory })),
    );
    if (ofLog === undefined || ofRedis === undefined) throw new Error("no document");
    expect([ofRedis.code, ofRedis.reasons, ofRedis.warnings]).toEqual([ofLog.code, ofLog.reasons, ofLog.warnings]);
    return ofLog;
  }

  const shared =
    (shift = 0) =>
    (draft: Draft, next: () => number) => {
      draft.features = Object.fromEntries(NAMES.map((name, at) => [name, next() + (at === 4 ? shift : 0)]));
    };

  test("50 vectors of 12 features without a shift pass, and what may be chance is a warning", async () => {
    const found = await sanity(normal(50, 3, shared()), "all.json");
    expect([found.code, found.reasons]).toEqual([0, []]);
    expect(Math.max(...found.features.map(({ psi }) => psi ?? 0))).toBeGreaterThan(0.25);
    expect(found.warnings.join()).toMatch(
      /which chance alone may give with 50 vectors and 12 features: judge about 1\d\d vectors to tell/,
    );
  });

  test("a shift of 0.8 deviations in one of them is found with 100 vectors", async () => {
    const found = await sanity(normal(100, 4, shared(0.8)), "all.json");
    expect(found.code).toBe(2);
    expect(found.reasons).toEqual([expect.stringMatching(/^feature_drift: .*not by chance \(f4\)/)]);
  });

  test.each([
    ["shares.json", "has the count 0.1: write how many training rows"],
    ["percent.json", "counts 100 training rows in 10 bins"],
  ])("%s is refused with what to do", async (path, words) => {
    const [log] = await sources.write(normal(60, 5, shared(0.8)));
    const { code, out, err } = await qsc(["feature-sanity", "--manifest", path, ...log], { cwd: sources.directory });
    expect([code, out]).toEqual([1, ""]);
    expect(err).toContain(`qsc: Manifest ${path}: 'reference.f0' ${words}`);
  });

  /** As our engine writes it if models take different features. */
  const own = (draft: Draft, next: () => number) => {
    draft.features = { xgboost: { a: next(), b: next() }, nhits: { b: next(), c: next(), d: next() } };
    draft.modelBreakdown = Object.fromEntries(
      Object.entries(draft.modelBreakdown).filter(([model]) => model in draft.features),
    );
    draft.payload["weights"] = { xgboost: 0.5, nhits: 0.5 };
  };

  test("each model is judged by its own, named by the option or by the manifest", async () => {
    for (const second of ["nhits.json", "nhits=unnamed.json"]) {
      const found = await sanity(normal(200, 6, own), "xgboost.json", second);
      expect([found.code, found.reasons, found.warnings]).toEqual([0, [], []]);
      expect(found.manifest).toBe(`xgboost=xgboost.json, nhits=${second.split("=").at(-1) ?? ""}`);
      expect(found.checks.find(({ id }) => id === "feature_drift")).toMatchObject({ status: "pass", n: 5 });
    }
  });

  test("drift of one model is found by its own manifest, and named", async () => {
    const found = await sanity(
      normal(200, 7, (draft, next) => {
        own(draft, next);
        Object.assign(draft.features["nhits"] as object, { c: 1 + next() });
      }),
      "xgboost.json",
      "nhits.json",
    );
    expect([found.code, found.reasons]).toEqual([2, [expect.stringContaining("(nhits.c)")]]);
  });

  test("a model with frozen features is not hidden by three others", async () => {
    const found = await sanity(
      normal(200, 10, (draft, next) => {
        const models = ["lightgbm", "nhits", "patchtst", "xgboost"];
        draft.features = Object.fromEntries(
          models.map((model) => [model, { a: model === "nhits" ? 0 : next(), b: model === "nhits" ? 1 : next() }]),
        );
      }),
    );
    expect([found.code, found.reasons]).toEqual([
      2,
      ["flat_features: no feature of nhits has moved in the newest 200 events: the feed is stuck"],
    ]);
    expect(found.warnings).toEqual([
      "100 % of the newest 50 vectors of nhits are the same to 4 decimals: the feed may be stuck",
    ]);
  });

  test("a model without a manifest is named if others have one", async () => {
    const entries = normal(200, 8, own);
    const found = await sanity(entries, "xgboost.json");
    expect([found.code, found.warnings]).toEqual([
      0,
      ["no manifest was given for nhits: names, dimension and drift of the vectors were not judged there"],
    ]);
    const [log] = await sources.write(entries);
    const { out } = await qsc(["feature-sanity", "--manifest", "xgboost.json", ...log], { cwd: sources.directory });
    expect(out).toContain("no manifest was given for nhits");
  });

  test.each([
    [
      ["xgboost.json", "unnamed.json"],
      "Manifest unnamed.json has no 'name'; name its model: --manifest MODEL=unnamed.json.",
    ],
    [["xgboost.json", "xgboost=nhits.json"], "--manifest gives two manifests for xgboost; give one for each model."],
    [["xgboost.json", ""], "--manifest is empty; give it a value or leave it out."],
  ])("%j is a wrong command line", async (manifests, words) => {
    const [log] = await sources.write(normal(60, 9, own));
    const options = manifests.flatMap((path) => ["--manifest", path]);
    const { code, err } = await qsc(["feature-sanity", ...options, ...log], { cwd: sources.directory });
    expect([code, err]).toEqual([1, `qsc: ${words}\n`]);
  });

  test.each([
    ["the vector that all share", shared()],
    ["each model's own vector", own],
  ])("a manifest of a missing model is refused, with %s", async (_, features) => {
    for (const source of await sources.write(normal(60, 9, features))) {
      for (const given of [["catboost=all.json"], ["catboost=all.json", "xgboost.json"]]) {
        const { code, out, err } = await qsc(
          ["feature-sanity", ...given.flatMap((one) => ["--manifest", one]), ...source],
          { cwd: sources.directory },
        );
        expect([code, out]).toEqual([2, ""]);
        expect(err).toMatch(
          /^qsc: \[unknown_model\] Model 'catboost' does not appear in the telemetry; the models there are .*nhits.*xgboost\./m,
        );
      }
    }
  });

  test("one manifest for all vectors that names a missing model is a warning", async () => {
    const { code, warnings } = await sanity(normal(300, 9, shared()), "catboost.json");
    expect([code, warnings]).toEqual([
      0,
      [
        expect.stringMatching(
          /^the manifest belongs to catboost, but the models in the telemetry are lightgbm, nhits, patchtst, xgboost: /,
        ),
      ],
    ]);
  });
});
