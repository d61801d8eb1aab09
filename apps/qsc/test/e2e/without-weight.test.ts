import type { ScoreboardDocument } from "@qsc/contract";
import { describeRequiring, requireRedis, seededTelemetry, type Draft } from "@qsc-tooling/testkit";
import { expect, test } from "vitest";
import { sourcePair } from "./support/both-sources.js";
import { judgedAlike } from "./support/judged-alike.js";

const THREE = { xgboost: 0.4, lightgbm: 0.3, nhits: 0.3 };
const ACTIONS = ["SELL", "HOLD", "BUY"];

/** Three models that echo each other, and an active one that always disagrees. */
const echoed = (weights: Readonly<Record<string, number>>) =>
  seededTelemetry({
    seed: 5,
    count: 300,
    mutate: ({ modelBreakdown, payload }: Draft, index) => {
      const { xgboost, lightgbm, nhits, patchtst } = modelBreakdown;
      for (const echo of [lightgbm, nhits]) Object.assign(echo ?? {}, { action: xgboost?.["action"] });
      const at = ACTIONS.indexOf(String(xgboost?.["action"]));
      // Beside HOLD, or HOLD beside the others: never an opposite.
      const other = at === 1 ? ["SELL", "BUY"][index % 2] : "HOLD";
      Object.assign(patchtst ?? {}, { action: other });
      payload["weights"] = weights;
    },
  }).entries;

describeRequiring(requireRedis(), "an active model without weight, as an event log and in a real Redis", () => {
  const sources = sourcePair();
  const agreementUnder = async (weights: Readonly<Record<string, number>>) => {
    const board = await judgedAlike<ScoreboardDocument>(sources, echoed(weights), ["scoreboard"]);
    const [agreement] = board.ensemble.checks;
    return { code: board.code, value: agreement?.value, status: agreement?.status };
  };

  test("has a say in the ensemble's agreement while it has a weight", async () => {
    const found = await agreementUnder({ xgboost: 0.4, lightgbm: 0.3, nhits: 0.2, patchtst: 0.1 });
    expect(found).toMatchObject({ status: "pass" });
  });

  test.each([
    ["the weight 0", { ...THREE, patchtst: 0 }],
    ["no weight at all", THREE],
  ])("does not hide that the others echo each other, with %s", async (_, weights) => {
    expect(await agreementUnder(weights)).toEqual({ code: 2, value: 1, status: "violation" });
  });

  test("is refused by the gate if no model has one: nothing votes", async () => {
    const gate = await judgedAlike(sources, echoed({ xgboost: 0, lightgbm: 0, nhits: 0, patchtst: 0 }), [
      ...["quality-gate", "--mode", "canary", "--model", "xgboost"],
    ]);
    expect([gate.code, gate.reasons.join()]).toEqual([
      2,
      expect.stringContaining("every weight is 0, so that no model votes"),
    ]);
  });
});
