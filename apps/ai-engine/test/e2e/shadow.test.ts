import { join } from "node:path";
import { describeRequiring, requireRedis, startRedis, temporaryDirectory } from "@qsc-tooling/testkit";
import { describe, expect, test } from "vitest";
import { startEngine } from "./support/engine.js";
import { gate, verdicts } from "./support/gate.js";
import { readIntents, readPayloads } from "./support/intents.js";
import { breakModel, copyModels } from "./support/models.js";

const ROWS = 600;
const FEED = `synthetic:?seed=11&rows=${ROWS}`;

/** Runs an engine over all rows. */
async function served(sink: string, env: Readonly<Record<string, string>>): Promise<readonly string[]> {
  await using engine = startEngine({ FEATURE_SOURCE: FEED, INTENT_SINK: sink, ...env });
  expect(await engine.exited, engine.stderr).toBe(0);
  return engine.lines;
}

describeRequiring(requireRedis(), "a shadow on a real Redis", () => {
  test("answers and changes no decision, and a gate that is asked about it judges it like any model", async () => {
    await using redis = await startRedis();
    await using directory = await temporaryDirectory();
    const lines = await served(redis.url, { SHADOW_MODELS: "dlinear" });
    expect(lines.join("\n")).toContain('"shadows":["dlinear"]');
    const without = `file:${join(directory.path, "without.ndjson")}`;
    await served(without, { MODELS: "xgb,patchtst,nhits" });

    const [shadowed, alone] = [await readPayloads(redis.url), await readPayloads(without)];
    const decision = ({ side, confidence, consensus_count, total_models }: (typeof alone)[number]) => ({
      side,
      confidence,
      consensus_count,
      total_models,
    });
    expect(shadowed.map(decision)).toEqual(alone.map(decision));
    expect(shadowed[0]?.weights).toEqual({ xgb: 1 / 3, patchtst: 1 / 3, nhits: 1 / 3, dlinear: 0 });
    for (const { models } of await readIntents(redis.url)) {
      const shadow = models.find(({ model }) => model === "dlinear");
      expect(shadow).toMatchObject({ nonPrediction: "shadow", voted: false });
      expect(shadow?.latencyMs).toBeGreaterThanOrEqual(0);
      expect(shadow?.artifactSha256).toMatch(/^[\da-f]{64}$/);
    }

    const asked = await gate(redis.url, directory.path, ["--model", "dlinear", "--shadow", "--against", "xgb"]);
    expect(asked).toMatchObject({ shadow: true, comparison: { against: "xgb", decisions: ROWS } });
    expect(verdicts(asked)).toEqual({ xgb: "pass", patchtst: "pass", nhits: "pass", dlinear: "pass" });
    const not = await gate(redis.url, directory.path, ["--model", "dlinear"]);
    expect([not.code, verdicts(not)["dlinear"]]).toEqual([2, "fail"]);
  });
});

describe("a shadow in an event log", () => {
  test("that has collapsed is taken out as degenerate, and the others decide on", async () => {
    await using directory = await temporaryDirectory();
    const models = await copyModels(directory.path);
    await breakModel(models, "patchtst", "patchtst-saturated");
    const sink = `file:${join(directory.path, "intents.ndjson")}`;
    await served(sink, { MODELS_DIR: models, SHADOW_MODELS: "patchtst" });
    const answers = (await readIntents(sink)).flatMap((intent) =>
      intent.models.filter(({ model }) => model === "patchtst"),
    );
    expect(answers.at(-1)?.nonPrediction).toBe("inactive: degenerate_output");
    const judged = await gate(sink, directory.path, ["--model", "patchtst", "--shadow"]);
    expect([judged.code, verdicts(judged)]).toEqual([
      2,
      { xgb: "pass", patchtst: "fail", nhits: "pass", dlinear: "pass" },
    ]);
  });
});
