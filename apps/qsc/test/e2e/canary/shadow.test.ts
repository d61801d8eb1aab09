import {
  parseEntryId,
  type ActivateDocument,
  type DiagnosisDocument,
  type GateDocument,
  type ModelReading,
  type MonitorDocument,
  type RollbackDocument,
  type ScoreboardDocument,
} from "@qsc/contract";
import { decodeEntry } from "@qsc/stream-reader";
import { CanaryHost, describeRequiring, requireRedis, requireSystemd, type QscRun } from "@qsc-tooling/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectNoTrace } from "./support/baseline.js";
import { cutoverWithEnough, MODEL, ran } from "./support/life.js";

const BASELINE = { xgb: 1 / 3, nhits: 1 / 3, dlinear: 1 / 3, patchtst: 0 };

describeRequiring(requireSystemd(), "a shadow of the reference engine", () => {
  describeRequiring(requireRedis(), "on a real Redis", () => {
    let host: CanaryHost;
    let cutover = "";
    beforeAll(async () => {
      host = await CanaryHost.start({
        engine: { kind: "real", rate: 80 },
        service: [`Environment=SHADOW_MODELS=${MODEL}`],
      });
      cutover = await cutoverWithEnough(host, 400);
    });
    afterAll(() => host[Symbol.asyncDispose]());

    const gate = async (...flags: readonly string[]): Promise<GateDocument & Pick<QscRun, "code">> => {
      const { code, out } = await host.qsc("quality-gate", "--mode", "canary", "--after", cutover, ...flags);
      return { ...(JSON.parse(out) as GateDocument), code };
    };

    /** What the newest decision says of the model. */
    const newest = async (): Promise<ModelReading | undefined> => {
      const [entry] = await host.client.xrevrange(host.stream, "+", "-", "COUNT", 1);
      if (entry === undefined) return undefined;
      const [text, fields] = entry;
      const id = parseEntryId(text);
      if (id === null) throw new Error(`no entry ID: ${text}`);
      const read = decodeEntry({ kind: "entry", id, place: text, fields });
      return read.kind === "intent" ? read.models.find(({ model }) => model === MODEL) : undefined;
    };

    test("answers without a vote", async () => {
      expect(await newest()).toMatchObject({ nonPrediction: "shadow", voted: false });
      const { weights, canary } = await host.newestDecision();
      expect({ weights, canary }).toEqual({ weights: BASELINE, canary: null });
    });

    test("does not pass a gate that is not asked about a shadow", async () => {
      const document = await gate("--model", MODEL);
      expect(document).toMatchObject({ code: 2, verdict: "fail" });
      expect(document.next?.[0]).toContain("--shadow");
    });

    test("passes by its own answers", async () => {
      const document = await gate("--model", MODEL, "--shadow");
      expect(document).toMatchObject({ code: 0, verdict: "pass", shadow: true });
      expect(document.next?.[0]).toBe(
        `The model may be activated: qsc activate --model ${MODEL} --shadow --cutover ${cutover}`,
      );
    });

    test("is compared with another model on the same decisions", async () => {
      const { comparison, verdict } = await gate("--model", MODEL, "--shadow", "--against", "xgb");
      expect(comparison).toMatchObject({ against: "xgb", threshold: 2 });
      expect(comparison?.compared).toBeGreaterThan(200);
      expect(verdict).toBe(comparison?.result === "alike" ? "pass" : "fail");
    });

    test("is diagnosed by its own answers", async () => {
      const { code, out } = await host.qsc("diagnose", "--after", cutover, "--model", MODEL, "--shadow");
      const { shadow, models } = JSON.parse(out) as DiagnosisDocument;
      expect({ code, shadow }).toEqual({ code: 0, shadow: MODEL });
      expect(models.map(({ model, verdict }) => [model, verdict])).toEqual([[MODEL, "pass"]]);
    });

    test("is GO on a scoreboard that names it", async () => {
      const { out } = await host.qsc("scoreboard", "--after", cutover, "--shadow", MODEL);
      const { shadow, models, ensemble } = JSON.parse(out) as ScoreboardDocument;
      const { verdict, stats } = models.find(({ model }) => model === MODEL) ?? {};
      expect({ shadow, verdict, nonPredictions: stats?.nonPredictions }).toEqual({
        shadow: MODEL,
        verdict: "pass",
        nonPredictions: 0,
      });
      expect(ensemble.n).toBeGreaterThan(200);
    });

    test("a model that votes is not one", async () => {
      const document = await gate("--model", "xgb", "--shadow");
      expect(document).toMatchObject({ code: 2, verdict: "fail" });
      expect(document.reasons[0]).toContain("shadow_voted");
    });

    test("is not activated unless it is named as a shadow", async () => {
      const document = await ran<ActivateDocument>(host.qsc("activate", "--model", MODEL, "--cutover", cutover));
      expect(document).toMatchObject({ code: 2, dropIn: null });
      expect((await host.newestDecision()).canary).toBeNull();
    });

    test("is activated: the new process proves that it votes", async () => {
      const document = await ran<ActivateDocument>(
        host.qsc("activate", "--model", MODEL, "--shadow", "--cutover", cutover),
      );
      expect(document).toMatchObject({ code: 0, reasons: [], gate: { shadow: true }, weights: { before: BASELINE } });
      expect(document.weights.after).toEqual({ xgb: 0.3, nhits: 0.3, dlinear: 0.3, [MODEL]: 0.1 });
      const { weights, canary } = await host.newestDecision();
      expect({ weights, canary }).toEqual({ weights: document.weights.after, canary: { model: MODEL, weight: 0.1 } });
      expect(await newest()).toMatchObject({ nonPrediction: null, voted: true });
    });

    test("is watched like any canary", async () => {
      const watched = await ran<MonitorDocument>(host.qsc("monitor", "--duration", "6s", "--interval", "1s"));
      expect(watched).toMatchObject({ code: 0, outcome: "eligible", violations: [] });
    });

    test("is a shadow again after the rollback", async () => {
      const document = await ran<RollbackDocument>(host.qsc("rollback", "--reason", "the end of the test"));
      expect(document).toMatchObject({ code: 0, reasons: [] });
      await expectNoTrace(host);
      expect(await newest()).toMatchObject({ nonPrediction: "shadow", voted: false });
      expect((await host.newestDecision()).weights).toEqual(BASELINE);
    });
  });
});
