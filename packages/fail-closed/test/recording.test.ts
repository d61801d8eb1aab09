import { readFileSync } from "node:fs";
import { describeRequiring, recordingOrSkip } from "@qsc-tooling/testkit";
import { expect, test } from "vitest";
import { failClosed } from "../src/index.js";

interface Recorded {
  readonly symbol: string;
  readonly model_breakdown: Readonly<
    Record<string, { readonly action: string; readonly confidence: number; readonly model: string }>
  >;
}

const SEQUENCE_MODELS = ["nhits", "patchtst"];

describeRequiring(recordingOrSkip(), "the recorded ensemble, whose sequence models had too little history", (path) => {
  const decisions = readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse((JSON.parse(line) as { fields: { payload: string } }).fields.payload) as Recorded);

  test.each(SEQUENCE_MODELS)("%s voted HOLD 0.5 every time, and here it does not vote at all", async (name) => {
    const answers = decisions.map(({ model_breakdown }) => model_breakdown[name]);
    expect(answers).toHaveLength(330);
    expect(
      answers.every(
        (answer) =>
          answer?.model === `${name}_insufficient_history` && answer.action === "HOLD" && answer.confidence === 0.5,
      ),
    ).toBe(true);

    const predict = () => ({ label: "HOLD", confidence: 0.5 });
    const model = failClosed({
      name,
      labels: ["BUY", "SELL", "HOLD"],
      features: ["close"],
      rows: decisions.length + 1,
      predict,
    });
    for (const { symbol } of decisions) {
      const prediction = await model.predict({ symbol, features: { close: 1 } });
      expect(prediction).toMatchObject({ status: "inactive", reason: "insufficient_history" });
      expect(prediction).not.toHaveProperty("action");
      expect(prediction).not.toHaveProperty("confidence");
    }
  });
});
