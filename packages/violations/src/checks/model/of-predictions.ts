import { CHECKS } from "./eight.js";
import { MEASURES } from "./measures.js";
import type { MODEL_ROWS } from "./rows.js";

type Id = (typeof CHECKS)[number]["id"] | (typeof MODEL_ROWS)[number]["id"];

/** Checks of labels, which say nothing of answers without any: those whose measures all count labels, and the labels' own. */
export const OF_LABELS: ReadonlySet<string> = new Set<Id>([
  "unknown_label",
  ...CHECKS.filter(({ anyOf }) => anyOf.every(({ measure }) => MEASURES[measure].basis === "predictions")).map(
    ({ id }) => id,
  ),
]);

/** Checks of what predictions of other teams cannot have: they name no file of a model. */
export const OF_ENGINES: ReadonlySet<string> = new Set<Id>(["mixed_artifact"]);
