import { diagnosisDocument, scoreboardDocument } from "@qsc/contract/schemas";
import { seededTelemetry, type Draft } from "@qsc-tooling/testkit";
import { describe, expect, test } from "vitest";
import { diagnose, scoreboard } from "../src/index.js";
import { ALL, judgementContext, sourceOf } from "./support.js";

const START = Date.UTC(2026, 0, 5, 9);
const LATER = START + 86_400_000;
const SHADOW = "xgboost";
type Mutate = (draft: Draft, index: number) => void;

/** Decisions of four models, of which one is a shadow. */
const telemetry = (more: Mutate = () => undefined) => {
  const mutate: Mutate = (draft, index) => {
    Object.assign(draft.payload["weights"] as object, { [SHADOW]: 0, lightgbm: 0.5 });
    Object.assign(draft.modelBreakdown[SHADOW] ?? {}, { status: "shadow" });
    more(draft, index);
  };
  return sourceOf(seededTelemetry({ seed: 8, count: 300, startMs: START, intervalMs: 1000, mutate }).entries);
};
const frozen: Mutate = ({ modelBreakdown }) => {
  Object.assign(modelBreakdown[SHADOW] ?? {}, { confidence: 0.615 });
};
const voting: Mutate = ({ modelBreakdown }, index) => {
  if (index === 299) Object.assign(modelBreakdown[SHADOW] ?? {}, { status: "active" });
};

describe("a scoreboard with a shadow", () => {
  const board = async (more?: Mutate, shadow: string | null = null) =>
    scoreboard(telemetry(more), { ...ALL, shadow }, judgementContext(LATER));
  const statusOf = ({ models }: Awaited<ReturnType<typeof board>>) =>
    models.find(({ model }) => model === SHADOW)?.status;

  test("that is not named ends in 2, and says how to ask", async () => {
    const document = await board();
    expect([document.exitCode, statusOf(document)]).toEqual([2, "NO-GO"]);
    expect(document.next?.[0]).toBe(
      "The engine runs xgboost without a vote, as a shadow: judge it as one (--shadow MODEL).",
    );
    expect(document).not.toHaveProperty("shadow");
  });

  test("that passes by its own answers is all GO, and the document names it", async () => {
    const document = await board(undefined, SHADOW);
    expect(document).toMatchObject({ verdict: "pass", exitCode: 0, shadow: SHADOW, reasons: [], next: [] });
    expect(document.models.map(({ status }) => status)).toEqual(["GO", "GO", "GO", "GO"]);
    expect(scoreboardDocument.safeParse(document).error).toBeUndefined();
  });

  test("has the ensemble of the models that vote", async () => {
    const [named, unnamed] = [await board(undefined, SHADOW), await board()];
    expect(named.ensemble).toEqual(unnamed.ensemble);
  });

  test.each<[string, Mutate, string]>([
    ["is frozen", frozen, "constant_output"],
    ["voted in one decision", voting, "shadow_voted"],
  ])("that %s ends in 2", async (_, more, check) => {
    const document = await board(more, SHADOW);
    expect([document.exitCode, statusOf(document)]).toEqual([2, "NO-GO"]);
    expect(document.reasons.join()).toContain(check);
    expect(document.next?.join()).toContain("qsc diagnose --shadow");
  });

  test("of which another model is named fails for that model", async () => {
    const document = await board(undefined, "nhits");
    expect(document.exitCode).toBe(2);
    expect(document.reasons.join()).toMatch(/nhits: NO-GO: .*shadow_voted/);
    expect(document.next?.[0]).toContain("runs xgboost without a vote");
  });

  test("that no entry names is refused", async () => {
    await expect(board(undefined, "lstm")).rejects.toMatchObject({ code: "unknown_model" });
  });
});

describe("a diagnosis of a shadow", () => {
  const found = async (more?: Mutate, shadow = true) => {
    const asked = { ...ALL, model: SHADOW, shadow, journal: { skipped: "a recording" } };
    const document = await diagnose(telemetry(more), asked, judgementContext(LATER));
    const [model] = document.models;
    if (model === undefined) throw new Error("no diagnosis");
    return { document, model };
  };

  test("that is not asked about it as one says so", async () => {
    const { document, model } = await found(undefined, false);
    expect([document.verdict, document.shadow]).toEqual(["fail", undefined]);
    expect(model.cause).toBe(
      "The engine runs the model as a shadow, without a vote, and its answers as one were not judged.",
    );
    expect(model.nextStep).toContain("--shadow");
  });

  test("is of its answers, and the document names it", async () => {
    const { document, model } = await found();
    expect([document.verdict, document.shadow, model.stats.n]).toEqual(["pass", SHADOW, 300]);
    expect(diagnosisDocument.safeParse(document).error).toBeUndefined();
  });

  test.each<[string, Mutate, RegExp]>([
    ["is frozen", frozen, /frozen/],
    ["voted", voting, /shadow/],
  ])("names the cause if it %s", async (_, more, cause) => {
    const { document, model } = await found(more);
    expect(document.verdict).toBe("fail");
    expect(model.cause).toMatch(cause);
  });

  test("needs its name", async () => {
    const asked = { ...ALL, model: null, shadow: true, journal: { skipped: "a recording" } };
    await expect(diagnose(telemetry(), asked, judgementContext(LATER))).rejects.toMatchObject({
      code: "invalid_option",
    });
  });
});
