import { SHADOW, type ErrorCode, type GateDocument } from "@qsc/contract";
import { nextStepOf } from "@qsc/violations";
import type { ShadowRequest } from "./compare-shadow.js";
import type { Objection } from "./evidence.js";

/** What to do about an objection that is not a check's. */
const ADVICE: Readonly<Partial<Record<ErrorCode, string>>> = {
  model_failed: "Run qsc diagnose over the same range: it names the likely cause and what to do about it.",
  model_unproven: "Wait for more decisions (--wait), or run qsc diagnose over the same range to see what is missing.",
  signature_missing: "Sign the model's directory, and pass the signature with --model-signature.",
  signature_invalid: "The reason says why: find out who made that signature, or changed the model's files.",
  models_differ:
    "Find out whether the difference is meant: judge the shadow without --against if it is, and do not activate it if it is not.",
  comparison_unproven:
    "The reason says why: wait for more decisions in which both models answer, or find out how the two are related.",
  no_models: "Check the stream's name, and that the engine publishes the answer of every model.",
};

/** The same, about a shadow: without --shadow, a diagnosis would find no predictions of it. */
const ADVICE_ON_SHADOW: typeof ADVICE = {
  ...ADVICE,
  model_failed: "Run qsc diagnose --shadow over the same range: it names the likely cause and what to do about it.",
  model_unproven:
    "Wait for more decisions (--wait), or run qsc diagnose --shadow over the same range to see what is missing.",
};

/**
 * What to do about what stands in the way, in the order of the objections, each step once.
 * @param isShadow whether a shadow was judged
 */
export function stepsAgainst(objections: readonly Objection[], isShadow = false): readonly string[] {
  const advice = isShadow ? ADVICE_ON_SHADOW : ADVICE;
  const steps = objections.map(({ code }) => nextStepOf(code) ?? advice[code as ErrorCode] ?? null);
  return [...new Set(steps.filter((step) => step !== null))];
}

/** How many models a step names. */
const NAMED = 5;

type GatePassed = Pick<GateDocument, "mode" | "model" | "shadow" | "models" | "after" | "asOfFrom">;

/** What to do about a model that was not judged as the shadow that it is. */
export function shadowStep(
  { model, shadow = false }: ShadowRequest,
  models: GateDocument["models"],
): readonly string[] {
  const asked = models.filter((one) => one.model === model && isUnasked(one));
  if (shadow) return [];
  return asked.map((one) => `The engine runs ${one.model} as a shadow, without a vote: judge it as one (--shadow).`);
}

/** The same for a scoreboard, which judges one shadow at a time. */
export function shadowSteps(models: GateDocument["models"]): readonly string[] {
  const found = models.filter(isUnasked).map(({ model }) => model);
  if (found.length === 0) return [];
  return [
    `The engine runs ${listed(found)} without a vote, as ${found.length === 1 ? "a shadow: judge it as one" : "shadows: judge one of them as such"} (--shadow MODEL).`,
  ];
}

/** Whether a model gave only a shadow's answers, and was not judged by them. */
function isUnasked({ stats, nonPredictionReasons }: GateDocument["models"][number]): boolean {
  return stats.n === 0 && nonPredictionReasons.some(({ what }) => what === SHADOW);
}

function listed(names: readonly string[]): string {
  const more = names.length > NAMED ? `, and ${names.length - NAMED} more` : "";
  return `${names.slice(0, NAMED).join(", ")}${more}`;
}

/** What to do after a gate that nothing stands in the way of. Only a cutover makes its evidence that of one process. */
export function afterPass({ mode, model, shadow, models, after, asOfFrom }: GatePassed): readonly string[] {
  if (mode === "collection") return ["A collection permits nothing: judge again with --mode canary."];
  if (model === null) {
    const passed = models.filter(({ verdict }) => verdict === "pass").map((one) => one.model);
    return [`Name the model to activate (--model), and judge again. Passed: ${listed(passed)}.`];
  }
  if (after === null)
    return ["Judge only what the running process decided (--after, from qsc cutover) before you activate the model."];
  return asOfFrom !== "clock"
    ? ["It was not judged as of now: judge what the running engine publishes before you activate the model."]
    : [
        `The model may be activated: qsc activate --model ${model}${shadow === true ? " --shadow" : ""} --cutover ${after}`,
      ];
}
