import { temporaryDirectory } from "@qsc-tooling/testkit";
import { describe, expect, test } from "vitest";
import { loadModel, onnxRuntime } from "../support/built.js";
import { FEATURES, LABELS } from "../support/files.js";
import { classifier, installBytes, linearClassifier, withLabelOutput } from "../support/onnx-models.js";

const runtime = onnxRuntime();
const SWAPPED = ["BUY", "HOLD", "SELL"];

/** What becomes of a model with a manifest: its state, and what it answers where the first feature decides. */
async function stateOf(bytes: Uint8Array, manifest: Readonly<Record<string, unknown>> = {}) {
  await using directory = await temporaryDirectory();
  const model = await loadModel(await installBytes(directory.path, bytes, manifest), { runtime });
  const answers: string[] = [];
  for (const first of [1, -1]) {
    const prediction = await model.predict({ features: [first, 0, 0, 0] });
    answers.push(
      prediction.status === "active" ? prediction.action : `${prediction.reason}: ${prediction.error.message}`,
    );
  }
  await model.close();
  return answers;
}

const refused = (message: string) => [`manifest_invalid: ${message}`, `manifest_invalid: ${message}`];

describe("a label output beside the probabilities", () => {
  test.each<[string, Uint8Array]>([
    ["texts picked out of a list", withLabelOutput({ strings: LABELS })],
    ["places", withLabelOutput(null)],
    ["ids picked out of a list", withLabelOutput({ ints: [-1, 0, 1] })],
    ["a classifier's texts", linearClassifier(LABELS)],
    ["a classifier's ids", linearClassifier([-1, 0, 1])],
  ])("of %s that agrees with the manifest changes nothing", async (_, bytes) => {
    expect(await stateOf(bytes)).toEqual(["SELL", "BUY"]);
  });

  test.each<[string, Uint8Array, string]>([
    [
      "a list",
      withLabelOutput({ strings: LABELS }),
      "Manifest's 'labels' has 'BUY' at place 1, the model's output 'label' has 'SELL'",
    ],
    [
      "a classifier",
      linearClassifier(LABELS),
      "Manifest's 'labels' has 'BUY' at place 1, the model's output 'label' has 'SELL'",
    ],
  ])("refuses two labels swapped in the manifest, by the names of %s", async (_, bytes, message) => {
    expect(await stateOf(bytes, { labels: SWAPPED })).toEqual(refused(message));
  });

  test("in another Unicode form, or another case, is another name", async () => {
    const names = ["SÉLL", "HOLD", "BUY"];
    const bytes = withLabelOutput({ strings: names.map((name) => name.normalize("NFC")) });
    const [first] = await stateOf(bytes, { labels: names.map((name) => name.normalize("NFD")) });
    expect(first).toMatch(/^manifest_invalid: Manifest's 'labels' has .* at place 1/);
    expect((await stateOf(withLabelOutput({ strings: LABELS }), { labels: ["sell", "hold", "buy"] }))[0]).toContain(
      "'sell' at place 1",
    );
  });

  test("of numbers agrees with labels that are numbers", async () => {
    expect(await stateOf(linearClassifier([1, 2, 3]), { labels: ["1", "2", "3"] })).toEqual(["1", "3"]);
    expect(await stateOf(linearClassifier([1, 2, 3]), { labels: ["3", "2", "1"] })).toEqual(
      refused("Manifest's 'labels' has '3' at place 1, the model's output 'label' has '1'"),
    );
  });

  test("that says another label than the probabilities makes the answer invalid", async () => {
    const [sell, buy] = await stateOf(withLabelOutput(null, "ArgMin"));
    expect(sell).toMatch(/^output_invalid: Model's output 'label' says "2", its probabilities say 'SELL'$/);
    expect(buy).toMatch(/^output_invalid: .*says "0", its probabilities say 'BUY'$/);
  });

  test("with another number of classes is refused", async () => {
    const [first] = await stateOf(withLabelOutput({ ints: [0, 1] }));
    expect(first).toBe("dimension_mismatch: Manifest declares 3 labels, the model's output 'label' has 2");
  });
});

describe("names in the model's metadata", () => {
  test.each([
    { labels: JSON.stringify(LABELS), features: FEATURES.join(",") },
    { class_names: "['SELL', 'HOLD', 'BUY']", feature_names: FEATURES.join(", ") },
    { classes: '{"0": "SELL", "1": "HOLD", "2": "BUY"}' },
    { classes: "{0: 'SELL', 1: 'HOLD', 2: 'BUY'}" },
    { labels: '{"SELL": 0, "HOLD": 1, "BUY": 2}' },
    { labels: "of the next tick", features: "4", comment: "['BUY']" },
  ])("%j agree with the manifest, or say nothing of names", async (metadata) => {
    expect(await stateOf(classifier({ metadata: metadata as unknown as Record<string, string> }))).toEqual([
      "SELL",
      "BUY",
    ]);
  });

  test.each<[Record<string, string>, string]>([
    [
      { labels: JSON.stringify(SWAPPED) },
      "Manifest's 'labels' has 'SELL' at place 1, the model's metadata 'labels' has 'BUY'",
    ],
    [
      { classes: "SELL,BUY,HOLD" },
      "Manifest's 'labels' has 'HOLD' at place 2, the model's metadata 'classes' has 'BUY'",
    ],
    [
      { class_names: '{"0": "SELL", "1": "HOLD"}' },
      "Manifest's 'labels' has 'BUY' at place 3, the model's metadata 'class_names' has nothing",
    ],
    [
      { feature_names: JSON.stringify([...FEATURES].reverse()) },
      "Manifest's 'features' has 'momentum' at place 1, the model's metadata 'feature_names' has 'volume'",
    ],
  ])("%j contradict it", async (metadata, message) => {
    expect(await stateOf(classifier({ metadata }))).toEqual(refused(message));
  });
});
