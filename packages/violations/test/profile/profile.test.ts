import { digestOf, type Profile } from "@qsc/contract";
import { describe, expect, test } from "vitest";
import {
  createJudge,
  DEFAULT_POLICY,
  learnProfile,
  limitsFor,
  makeProfile,
  parsePolicy,
  parseProfile,
  PROFILE_LIMITS,
  READY_MADE,
  READY_MADE_NAMES,
} from "../../src/index.js";
import { AT, fraud, LABELS } from "../prediction-judge/support.js";

const FILE = `
name: fraud
base: imbalanced
labels: [approve, deny]
minPredictions: 150
limits:
  narrow_range: { range: 0.02 }
  label_drift.psi: 0.3
`;

const refusal = (code: string, words: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(words) as unknown });

describe("limits fit the number of labels", () => {
  test("three labels have exactly the built-in limits, fewer laxer ones, more labels stricter ones", () => {
    const labels = (count: number) => ({ acting: Array.from({ length: count }, (_, at) => `l${at}`), abstaining: [] });
    const share = (count: number) => limitsFor(labels(count))["action_collapse.largestShare"];
    expect(limitsFor(labels(3))).toMatchObject({
      "action_collapse.largestShare": 0.7,
      "action_bias.tradingShare": 0.85,
    });
    expect([2, 4, 10, 100].map(share)).toEqual([0.775, 0.6625, 0.595, 0.5545]);
    for (const [key, rule] of Object.entries(PROFILE_LIMITS)) expect(limitsFor(labels(3))[key]).toBe(rule.value);
  });
});

describe("a verdict under a profile", () => {
  test("names the profile, its hash, and every limit that is laxer than the built-in one", async () => {
    const profile = await parseProfile(FILE, "fraud.yaml");
    const { profile: said } = createJudge({ profile }).verdict({ judgedAt: AT, profileSource: "fraud.yaml" });
    expect(said).toMatchObject({ name: "fraud", source: "fraud.yaml", hash: digestOf(profile) });
    const laxer = new Map(said.laxer.map(({ key, limit, builtIn }) => [key, [limit, builtIn]]));
    expect(laxer.get("minPredictions")).toEqual([150, 200]);
    expect(laxer.get("narrow_range.range")).toEqual([0.02, 0.12]);
    expect(laxer.get("label_drift.psi")).toEqual([0.3, 0.25]);
    for (const key of Object.keys(READY_MADE.imbalanced.limits)) expect([...laxer.keys()]).toContain(key);
    expect(laxer.size).toBe(Object.keys(READY_MADE.imbalanced.limits).length + 2);
  });

  test("names none under the built-in limits", () => {
    expect(createJudge({ labels: LABELS }).verdict().profile).toMatchObject({
      name: "built-in",
      source: "built-in",
      laxer: [],
    });
  });

  test.each(READY_MADE_NAMES)("%s only moves limits that exist, and is laxer in each", (name) => {
    const laxer = createJudge({ profile: name, labels: ["a", "b", "c"] }).verdict().profile.laxer;
    expect(laxer.map(({ key }) => key).sort()).toEqual(Object.keys(READY_MADE[name].limits).sort());
  });
});

describe("a profile file", () => {
  test("begins with its base, and reads back to the same hash when it is kept", async () => {
    const profile = await parseProfile(FILE, "fraud.yaml");
    expect(profile).toEqual(
      makeProfile({
        name: "fraud",
        base: "imbalanced",
        labels: LABELS,
        minPredictions: 150,
        limits: { "narrow_range.range": 0.02, "label_drift.psi": 0.3 },
      }),
    );
    const learnt = await learnProfile(fraud(1000, { seed: 2 }));
    expect(digestOf(await parseProfile(JSON.stringify(learnt), "learnt.json"))).toBe(digestOf(learnt));
    expect(digestOf({ ...learnt, minPredictions: 201 })).not.toBe(digestOf(learnt));
  });

  test.each([
    ["name: x", "labels is missing"],
    ["labels: [a, b]", "profile.name is undefined"],
    ["name: x\nlabels: [a, b]\nlimit: {}", "'limit' is unknown; known are name, base"],
    ["name: x\nlabels: [a, b]\nlimits: {narrow_range.rang: 1}", "'limits.narrow_range.rang' is unknown"],
    ["name: x\nlabels: [a, b]\nlimits: {narrow_range: 1}", "limits.narrow_range must be a mapping"],
    [
      "name: x\nlabels: [a, b]\nlimits: {narrow_range.range: -1}",
      "limits.narrow_range.range the value is -1; it must be a number from 0 on",
    ],
    ["name: x\nlabels: [a, b]\nlimits: {narrow_range.range: .nan}", "limits.narrow_range.range the value is NaN"],
    [
      "name: x\nlabels: [a, b]\nlimits: {action_bias.tradingShare: 97}",
      'profile.limits["action_bias.tradingShare"] is 97; it must be a number from 0 to 1',
    ],
    ["name: x\nlabels: [a, b]\nlimits: {narrow_range.range: 1, narrow_range: {range: 2}}", "is given twice"],
    ["name: x\nlabels: [a]", "at least two labels"],
    ["name: x\nlabels: [a, a]", "named once"],
    ["name: x\nlabels: none", "a range {low, high} where there are no labels"],
    ["name: x\nlabels: none\nscore: {low: 5, high: 5}", "a range whose low is below its high"],
    ["name: x\nlabels: [a, b]\nscore: percent", "probability or logit"],
    ["name: x\nlabels: [a, b]\nbase: balanced", "imbalanced or confident or slow"],
    ["name: x\nlabels: [a, b]\nminPredictions: 0", "a whole number from 1"],
    ["name: x\nlabels: [a, b]\nsegments: by country", "decide or shown"],
    ["name: x\nlabels: [a, b]\nreference: {source: y}", "reference.labels is undefined"],
    ["", "is empty"],
    ["name: [", "is neither YAML nor JSON"],
    ["name: x\nname: y", "is neither YAML nor JSON"],
  ])("%j is refused", async (text, words) => {
    await expect(parseProfile(text, "own.yaml")).rejects.toThrow(refusal("invalid_profile", words));
    await expect(parseProfile(text, "own.yaml")).rejects.toThrow(/^Profile own\.yaml/);
  });

  test("is not a policy: what gives traffic refuses it", async () => {
    await expect(parsePolicy(FILE, "fraud.yaml")).rejects.toThrow(refusal("invalid_policy", "qsc judge"));
    const learnt = JSON.stringify(await learnProfile(fraud(1000, { seed: 2 })));
    await expect(parsePolicy(learnt, "learnt.json")).rejects.toThrow(refusal("invalid_policy", "qsc judge"));
  });

  test("a regression is a range without labels", async () => {
    const text = "name: prices\nlabels: none\nscore: {low: 0, high: 500}\n";
    expect(await parseProfile(text, "prices.yaml")).toMatchObject({ labels: null, score: { low: 0, high: 500 } });
  });
});

describe("a profile that a program makes", () => {
  test.each([
    [{ labels: LABELS, limits: { "narrow_range.rang": 1 } }, "unknown key"],
    [{ labels: LABELS, limits: { "narrow_range.range": Number.NaN } }, "NaN"],
    [{ labels: LABELS, minPredictions: 1.5 }, "1.5"],
    [{ labels: "approve" }, "approve"],
    [{ labels: LABELS, misspelt: 1 }, "misspelt"],
  ])("%j is refused", (parts, words) => {
    expect(() => makeProfile({ name: "own", ...parts } as never)).toThrow(refusal("invalid_option", words));
  });

  test("a judge refuses an incomplete profile, and labels beside one", () => {
    const profile = makeProfile({ name: "own", labels: LABELS });
    const limits = Object.fromEntries(Object.entries(profile.limits).filter(([key]) => key !== "label_stopped.p"));
    expect(() => createJudge({ profile: { ...profile, limits } as Profile })).toThrow(
      refusal("invalid_option", "label_stopped.p"),
    );
    expect(() => createJudge({ profile, labels: LABELS })).toThrow(
      refusal("invalid_option", "the profile has its own"),
    );
    expect(() => createJudge({ profile: "inbalanced" as never })).toThrow(refusal("invalid_option", "inbalanced"));
  });
});

describe("a reference run that nothing can be learnt from", () => {
  const run = fraud(1000, { seed: 3 });
  test.each([
    ["too few", run.slice(0, 359), "it has 359 predictions; at least 360 are needed"],
    ["one label", run.map((each) => ({ ...each, label: "approve" })), "only the label approve"],
    ["one score", run.map((each) => ({ ...each, score: 0.5 })), "every score is the same"],
    ["a NaN", [...run, { label: "deny", score: Number.NaN }], "invalid confidence NaN"],
    ["a score that is missing", [...run, { label: "deny" }], "that is missing, first prediction 1000"],
    ["percentages", run.map((each) => ({ ...each, score: 100 * (each.score ?? 0) })), "invalid confidence"],
    [
      "its end collapsed",
      [...run, ...Array.from({ length: 400 }, () => ({ label: "approve", score: 0.1 }))],
      "it would not pass itself",
    ],
    ["nothing", [], "it has no scores"],
    ["a constant regression", run.map(() => ({ score: 5 })), "every score is 5"],
    ["the newest first", run.map((each, index) => ({ ...each, at: -index })), "not in the order of their times"],
  ])("%s", async (_, predictions, words) => {
    const learning = learnProfile(predictions, { source: "run 7" });
    await expect(learning).rejects.toThrow(refusal("reference_unusable", words));
    await expect(learning).rejects.toThrow(/^The reference run 7 cannot be learnt from: /);
  });

  test("leaves the policy as it was", () => {
    expect(Object.keys(DEFAULT_POLICY.limits)).not.toContain("label_drift.psi");
  });
});
