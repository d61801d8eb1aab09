import type { Limit } from "../definition.js";

/** A check of predictions beside those of a model. */
interface PredictionRow {
  readonly id: string;
  /** When it is violated, for the documentation; `{check.measure}` stands for that limit. */
  readonly meaning: string;
  readonly limits: readonly Limit[];
}

/** The checks that only predictions of other teams are judged by: `createJudge`, `qsc judge`. */
export const PREDICTION_ROWS = [
  {
    id: "rejected_rows",
    meaning:
      "more than {rejected_rows.share} of the rows could not be read as predictions; each one that could not is also taken as the worst for every other check",
    limits: [{ measure: "share", violatedWhen: "above", limit: 0.01, unit: "share" }],
  },
  {
    id: "unsorted_rows",
    meaning:
      "unknown where a prediction is older than the one before it: which ones are the newest, and when a label stopped, is then not known",
    limits: [],
  },
  {
    id: "label_stopped",
    meaning:
      "a label that predictions had, here or in the reference, has not occurred again, and the chance of that is below {label_stopped.p} had nothing changed",
    limits: [{ measure: "p", violatedWhen: "below", limit: 1e-6 }],
  },
  {
    id: "label_drift",
    meaning:
      "the PSI of the labels against the reference is {label_drift.psi} or more, and that is proven (two-sample test that holds at every look); unknown where it is not proven yet",
    limits: [{ measure: "psi", violatedWhen: "above", limit: 0.25 }],
  },
  {
    id: "score_drift",
    meaning: "the same for the scores, in the tenths of the reference: {score_drift.psi}",
    limits: [{ measure: "psi", violatedWhen: "above", limit: 0.25 }],
  },
] as const satisfies readonly PredictionRow[];

/** The checks of predictions alone. */
export type PredictionCheckId = (typeof PREDICTION_ROWS)[number]["id"];
