import type { ModelCheck } from "../definition.js";
import type { CauseName } from "./causes.js";

/** The newest decisions by themselves: its limits are compared like those of the eight. */
export const RECENT_COLLAPSE = {
  id: "recent_collapse",
  meaning:
    "among the newest 200 decisions: one trading label has more than {recent_collapse.tradingShare} of the model's predictions, or the neutral ones more than {recent_collapse.neutralShare}, the std of their confidences is below {recent_collapse.std}, one confidence (to 4 decimals) is more than {recent_collapse.modeShare} of them, or more than {recent_collapse.nonPredictionShare} of the decisions have no prediction of the model",
  limits: [
    { measure: "tradingShare", violatedWhen: "above", limit: 0.95, unit: "share" },
    // A sound model may wait for a whole quiet night.
    { measure: "neutralShare", violatedWhen: "above", limit: 0.995, unit: "share" },
    { measure: "std", violatedWhen: "below", limit: 0.01 },
    { measure: "modeShare", violatedWhen: "above", limit: 0.95, unit: "share" },
    { measure: "nonPredictionShare", violatedWhen: "above", limit: 0.5, unit: "share" },
  ],
  watch: "not watched",
  causes: ["taken out", "collapsed lately"],
} as const satisfies ModelCheck<CauseName>;

/** Each symbol by itself. Its limits are those of a collapse beyond doubt, which other rows have. */
export const SEGMENT_COLLAPSE = {
  id: "segment_collapse",
  meaning:
    "where the policy says `segments: {by: symbol}`: the model is proven dead for a symbol. It repeats one label beyond {recent_collapse.tradingShare} ({recent_collapse.neutralShare} for a neutral one), one confidence beyond {confidence_collapse.modeShare}, or has no prediction beyond {recent_collapse.nonPredictionShare}, more often than its persistence explains; unknown where decisions name no symbol",
  limits: [],
  watch: "at once",
  causes: ["dead for a symbol"],
} as const satisfies ModelCheck<CauseName>;

/** The checks of a model besides the eight: whether there is enough to judge, and what must never happen. */
export const MODEL_ROWS = [
  {
    id: "insufficient_data",
    meaning:
      "the model has fewer predictions than the mode needs (collection {minEvents.collection}, canary {minEvents.canary})",
    limits: [],
    watch: "once others have enough",
    causes: ["too few"],
  },
  {
    id: "invalid_confidence",
    meaning: "a confidence is not a number in [0, 1]",
    limits: [],
    watch: "at once",
    causes: ["no confidence"],
  },
  {
    id: "unknown_label",
    meaning: "a label is not one of the policy's",
    limits: [],
    watch: "at once",
    causes: ["other labels"],
  },
  {
    id: "mixed_artifact",
    meaning:
      "the model's file or manifest changed among the events; unknown where a hash is not 64 hex digits, with or without `sha256:`, or only some predictions name one",
    limits: [],
    watch: "at once",
    causes: ["file changed"],
  },
  {
    id: "model_silence",
    meaning:
      "its newest prediction is older than {telemetry_silence.maxAge}, or it made none: a model that was there before the cutover, or has a weight, is expected",
    limits: [],
    watch: "past its limit",
    gradual: true,
    impliedBy: "telemetry_silence",
    causes: ["taken out", "stopped"],
  },
  RECENT_COLLAPSE,
  {
    id: "shadow_voted",
    meaning:
      "the model was judged as a shadow (`--shadow`), and voted or had a weight in at least one entry; judged of a shadow alone",
    limits: [],
    watch: "not watched",
    causes: ["not a shadow"],
  },
  SEGMENT_COLLAPSE,
] as const satisfies readonly ModelCheck<CauseName>[];
