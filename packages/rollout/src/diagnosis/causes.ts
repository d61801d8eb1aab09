import type { JournalFinding, JournalReading, ModelVerdict } from "@qsc/contract";
import { meansModel } from "./engine-lines.js";
import type { DiagnosisFacts } from "./facts.js";

/** The journal's lines about one model. */
type Said = (...kinds: readonly JournalFinding["kind"][]) => readonly JournalFinding[];

interface Cause {
  readonly when: (
    facts: DiagnosisFacts,
    violated: (id: string) => boolean,
    said: Said,
    unknown: readonly string[],
  ) => boolean;
  readonly cause: string | ((said: Said, facts: DiagnosisFacts, unknown: readonly string[]) => string);
  readonly nextStep: string;
}

/** PSI from which on a distribution counts as another one; the usual reading of the index. */
const DRIFTED = 0.25;

/** In a name, or in a reason's words. */
const INSUFFICIENT_HISTORY = /insufficient[\s_-]*history/i;

/** Likely causes, the first that applies is named. The last one applies always. */
const CAUSES: readonly Cause[] = [
  {
    when: ({ stats }, violated, said) =>
      (stats.n === 0 || violated("error_rate_spike") || violated("model_silence")) && refusals(said).length > 0,
    cause: (said) =>
      `The engine takes the model out of the vote, and its journal says why: ${refusals(said)
        .map(({ reason, count }) => `${reason} (${count} x)`)
        .slice(0, 3)
        .join(", ")}.`,
    nextStep: "Fix that, restart the engine, and judge again after the new cutover.",
  },
  {
    when: ({ stats, fallbacks }) =>
      stats.n === 0 && fallbacks.some(({ what }) => INSUFFICIENT_HISTORY.test(what)),
    cause:
      "The model has not predicted once: it lacks history, and the engine published a neutral answer in its place.",
    nextStep:
      "Check that the feed reaches back as far as the model's input window, and that history is kept across restarts. Make the engine mark the model INACTIVE instead of answering for it.",
  },
  {
    when: ({ stats, fallbacks }) => stats.n === 0 && fallbacks.some(({ what }) => what.startsWith("fallback")),
    cause: "The model has not predicted once: every answer is a silent fallback.",
    nextStep:
      "Look in the engine's journal for why the model fails (grep 'QSC FAIL-CLOSED'), fix that, restart, and judge again after the new cutover.",
  },
  {
    when: ({ stats }) => stats.n === 0 && stats.nonPredictions > 0,
    cause: "The model is inactive throughout; its reasons are listed below.",
    nextStep: "Fix the reason that is named most often, restart the engine, and judge again after the new cutover.",
  },
  {
    when: ({ stats }) => stats.n === 0,
    cause: "The model does not appear in the telemetry, although the engine gives it a weight or it was there before the cutover.",
    nextStep: "Check the engine's start-up lines ([...-INIT]) for this model: it was probably never loaded.",
  },
  {
    when: (_facts, violated) => violated("model_silence"),
    cause: "The model has stopped answering: its newest prediction is too old.",
    nextStep: "Look in the engine's journal for why it stopped (grep 'QSC FAIL-CLOSED'), fix that, restart, and judge again after the new cutover.",
  },
  {
    when: (_facts, violated) => violated("mixed_artifact"),
    cause: "The model's file changed while it was judged: its answers are those of two models.",
    nextStep: "Judge only what came after the change (--after).",
  },
  {
    when: (_facts, violated) => violated("invalid_confidence"),
    cause: "The model publishes confidences that are not numbers in [0, 1].",
    nextStep:
      "Fix the engine's output stage. If the model answers in logits, say so in the policy (confidence: {model: logit}).",
  },
  {
    when: (_facts, violated) => violated("unknown_label"),
    cause: "The model publishes labels that the policy does not know.",
    nextStep: "Fix the label mapping of the engine, or add the label to the policy if it is meant.",
  },
  {
    when: (_facts, violated) => violated("error_rate_spike"),
    cause: "The model fails too often; the reasons are listed below.",
    nextStep: "Fix the reason that is named most often before anything else is judged.",
  },
  {
    when: (_facts, violated) => violated("constant_output"),
    cause: "The output is frozen: the confidence hardly moves, whatever the input.",
    nextStep:
      "Run feature-sanity: flat or missing features freeze a model. If the features move, compare the model file's SHA-256 with the manifest, then retrain.",
  },
  {
    when: (facts, violated) => violated("action_collapse") && hasDrifted(facts),
    cause: "The answers collapsed to one label, and they have drifted since before the cutover.",
    nextStep:
      "Run feature-sanity with the model's manifest for the features' PSI. Retrain on recent data, or restore the scaler. Do not lower the limits.",
  },
  {
    when: (_facts, violated, said) => violated("action_collapse") && said("drift").length > 0,
    cause: "The answers collapsed to one label, and the engine's journal says that its features have drifted.",
    nextStep:
      "Run feature-sanity with the model's manifest for the features' PSI. Retrain on recent data, or restore the scaler. Do not lower the limits.",
  },
  {
    when: (_facts, violated) => violated("dead_zone") || violated("action_collapse") || violated("action_bias"),
    cause: "The answers collapsed to one label.",
    nextStep:
      "Compare the actions' confidence ranges below with the engine's thresholds: a threshold that no confidence reaches makes a dead zone. Otherwise retrain on recent data. Do not lower the limits.",
  },
  {
    when: (_facts, violated) => violated("narrow_range") || violated("confidence_collapse"),
    cause: "The labels vary, but the confidence says almost nothing.",
    nextStep: "Check the calibration and the last layer's scaling; retrain if the raw scores are as narrow.",
  },
  {
    when: (_facts, violated) => violated("latency_spike"),
    cause: "The answers are sound and come too late.",
    nextStep: "Check the load of the host and the size of the model before the next canary.",
  },
  {
    when: (_facts, violated) => violated("insufficient_data"),
    cause: "Too few predictions to judge.",
    nextStep: "Wait for more events (quality-gate --wait shows how long that takes).",
  },
  {
    when: ({ verdict }) => verdict === "unknown",
    cause: "Nothing is wrong with what could be read, but a part could not be read.",
    nextStep: "Look at the rejected entries below and fix the writer; judge a range without them (--after).",
  },
  {
    when: ({ verdict }) => verdict === "fail",
    cause: "A check of the policy's own is violated.",
    nextStep: "Read the check's reason in the quality gate's report.",
  },
  {
    when: (facts) => hasDrifted(facts),
    cause: "The model's output is within its limits, and it has drifted since before the cutover.",
    nextStep:
      "Run feature-sanity with the model's manifest: if the features drifted too, the market changed; if not, compare the model file's SHA-256 with the one before the cutover.",
  },
  {
    when: (facts) => unknownDrift(facts).length > 0,
    cause: (_said, facts) =>
      `The model's own output is within its limits; whether it has drifted is unknown: ${unknownDrift(facts).join("; ")}.`,
    nextStep:
      "Judge again after more events (quality-gate --wait shows how long that takes), or name a cutover that more telemetry came before (--after). Then run quality-gate --mode canary.",
  },
  {
    when: (_facts, _violated, _said, unknown) => unknown.length > 0,
    cause: (_said, _facts, unknown) =>
      `The model's own output is within its limits as far as it can be measured; unknown, and not required: ${unknown.join(", ")}.`,
    nextStep: "Run quality-gate --mode canary. A policy can require what is unknown (require).",
  },
  {
    when: () => true,
    cause: "The model's own output shows nothing wrong.",
    nextStep: "Run quality-gate --mode canary.",
  },
];

/** Whether either is known to have drifted. What is unknown has a cause of its own. */
function hasDrifted({ drift }: DiagnosisFacts): boolean {
  return drift !== null && [drift.labels, drift.confidence].some((index) => index !== null && index >= DRIFTED);
}

/** Why it is unknown whether the model has drifted; none where it is known, or where no cutover was named. */
function unknownDrift({ drift }: DiagnosisFacts): readonly string[] {
  return drift?.unknown ?? [];
}

function refusals(said: Said): readonly JournalFinding[] {
  return said("fail_closed", "inactive");
}

/** The likely cause and the next step, in an operator's words. */
export function concludeFrom(
  facts: DiagnosisFacts,
  { checks }: Pick<ModelVerdict, "checks">,
  { findings }: Pick<JournalReading, "findings">,
): { readonly cause: string; readonly nextStep: string } {
  const violated = (id: string): boolean => checks.some((check) => check.id === id && check.status === "violation");
  const own = findings.filter(({ model }) => model !== null && meansModel(model, facts.model));
  const said: Said = (...kinds) => own.filter(({ kind }) => kinds.includes(kind));
  const unknown = checks.filter(({ status }) => status === "unknown").map(({ id }) => id);
  const found = CAUSES.find(({ when }) => when(facts, violated, said, unknown));
  if (found === undefined) throw new TypeError("the last cause applies always");
  return {
    cause: typeof found.cause === "string" ? found.cause : found.cause(said, facts, unknown),
    nextStep: found.nextStep,
  };
}
