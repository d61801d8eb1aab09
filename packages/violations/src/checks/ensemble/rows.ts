import type { SharedCheck } from "../definition.js";

/** The checks of the ensemble, for the scoreboard: a violation makes a model wait. */
export const ENSEMBLE_ROWS = [
  {
    id: "agreement",
    meaning: "the mean share of the largest vote is below {agreement.least} or above {agreement.most}",
    limits: [
      { measure: "least", violatedWhen: "below", limit: 0.55, unit: "share" },
      { measure: "most", violatedWhen: "above", limit: 0.8, unit: "share" },
    ],
    watch: "not watched",
    cause: "The models contradict each other, or answer as one.",
    nextStep: "Compare the models' labels: no single one of them is at fault.",
  },
  {
    id: "hard_disagreement",
    meaning: "in more than {hard_disagreement.share} of the decisions opposing labels were both voted",
    limits: [{ measure: "share", violatedWhen: "above", limit: 0.2, unit: "share" }],
    watch: "not watched",
    cause: "The models contradict each other.",
    nextStep: "Compare the models' labels: no single one of them is at fault.",
  },
] as const satisfies readonly SharedCheck[];
