/** What diagnosis names as the likely cause of a violation, and what to do about it. */
export interface Cause {
  readonly name: string;
  /** What must also hold, in addition to a violation of a check that names this cause. */
  readonly when?: "the engine's journal says why" | "the answers have drifted" | "the journal tells of drift";
  /** `{why}` stands for what the engine's journal says. */
  readonly cause: string;
  readonly nextStep: string;
}

const DO_NOT_LOWER =
  "Run feature-sanity with the model's manifest for the features' PSI. Retrain on recent data, or restore the scaler. Do not lower the limits.";

/** The engine itself says why the model has no vote. */
export const TAKEN_OUT = {
  name: "taken out",
  when: "the engine's journal says why",
  cause: "The engine takes the model out of the vote, and its journal says why: {why}.",
  nextStep: "Fix that, restart the engine, and judge again after the new cutover.",
} as const satisfies Cause;

/**
 * The likely causes. When several checks are violated, diagnosis names the first cause in this list that one of them
 * has.
 */
export const CAUSES = [
  TAKEN_OUT,
  {
    name: "stopped",
    cause: "The model has stopped answering: its newest prediction is too old.",
    nextStep:
      "Look in the engine's journal for why it stopped (grep 'QSC FAIL-CLOSED'), fix that, restart, and judge again after the new cutover.",
  },
  {
    name: "file changed",
    cause: "The model's file changed while it was judged: its answers are those of two models.",
    nextStep: "Judge only what came after the change (--after).",
  },
  {
    name: "not a shadow",
    cause: "The model was judged as a shadow, and it votes.",
    nextStep: "Judge it without --shadow; or make it a shadow in the engine's settings, and judge after the restart.",
  },
  {
    name: "no confidence",
    cause: "The model publishes confidences that are not numbers in [0, 1].",
    nextStep:
      "Fix the engine's output stage. If the model answers in logits, say so in the policy (confidence: {model: logit}).",
  },
  {
    name: "other labels",
    cause: "The model publishes labels that the policy does not know.",
    nextStep: "Fix the label mapping of the engine, or add the label to the policy if it is meant.",
  },
  {
    name: "fails too often",
    cause: "The model fails too often; the reasons are listed below.",
    nextStep: "Fix the reason that is named most often before anything else is judged.",
  },
  {
    name: "frozen",
    cause: "The output is frozen: the confidence hardly moves, whatever the input.",
    nextStep:
      "Run feature-sanity: flat or missing features freeze a model. If the features move, compare the model file's SHA-256 with the manifest, then retrain.",
  },
  {
    name: "one label, drifted",
    when: "the answers have drifted",
    cause: "The answers collapsed to one label, and they have drifted since the cutover.",
    nextStep: DO_NOT_LOWER,
  },
  {
    name: "one label, features drifted",
    when: "the journal tells of drift",
    cause: "The answers collapsed to one label, and the engine's journal says that its features have drifted.",
    nextStep: DO_NOT_LOWER,
  },
  {
    name: "one label",
    cause: "The answers collapsed to one label.",
    nextStep:
      "Compare the actions' confidence ranges below with the engine's thresholds: a threshold that no confidence reaches makes a dead zone. Otherwise retrain on recent data. Do not lower the limits.",
  },
  {
    name: "says nothing",
    cause: "The labels vary, but the confidence says almost nothing.",
    nextStep: "Check the calibration and the last layer's scaling; retrain if the raw scores are as narrow.",
  },
  {
    name: "collapsed lately",
    cause: "The answers were varied and have collapsed: the newest ones are nearly all alike, or missing.",
    nextStep:
      "Find out what changed when it began: the engine's journal, and feature-sanity for inputs that stopped moving. Fix that, restart, and judge again after the new cutover.",
  },
  {
    name: "dead for a symbol",
    cause: "The answers are sound on the whole, and the model is dead for a symbol.",
    nextStep:
      "The table of symbols names it. Look at that symbol's features first: they may have stopped, or be missing. Fix that, or take the symbol out of trading, and judge again after the new cutover.",
  },
  {
    name: "too late",
    cause: "The answers are sound and come too late.",
    nextStep: "Check the load of the host and the size of the model before the next canary.",
  },
  {
    name: "too few",
    cause: "Too few predictions to judge.",
    nextStep: "Wait for more events (quality-gate --wait shows how long that takes).",
  },
] as const satisfies readonly Cause[];

export type CauseName = (typeof CAUSES)[number]["name"];
