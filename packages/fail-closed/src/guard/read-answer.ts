import { ModelError } from "../errors.js";
import { shown } from "../words.js";
import { asModelError } from "./as-model-error.js";

/** An answer that passed. */
export interface CheckedAnswer<Label extends string> {
  readonly label: Label;
  readonly confidence: number;
}

/**
 * Reads an answer: an object with a known label and a confidence in [0, 1]. Each member is read once.
 * @throws ModelError `output_invalid`, and nothing else.
 */
export function readAnswer<Label extends string>(answer: unknown, labels: ReadonlySet<Label>): CheckedAnswer<Label> {
  try {
    if (typeof answer !== "object" || answer === null || Array.isArray(answer)) {
      throw new ModelError(
        "output_invalid",
        `Output is ${Array.isArray(answer) ? "a list" : shown(answer)}, no answer`,
      );
    }
    const { label, confidence } = answer as { readonly label?: unknown; readonly confidence?: unknown };
    if (!isKnown(label, labels)) throw new ModelError("output_invalid", `Output has the unknown label ${shown(label)}`);
    // Written so that NaN fails too.
    if (typeof confidence === "number" && confidence >= 0 && confidence <= 1) return { label, confidence };
    throw new ModelError("output_invalid", `Output has the confidence ${shown(confidence)}, not a number in [0, 1]`);
  } catch (thrown) {
    throw asModelError(thrown, "output_invalid", "Output cannot be read");
  }
}

function isKnown<Label extends string>(label: unknown, labels: ReadonlySet<Label>): label is Label {
  return (labels as ReadonlySet<unknown>).has(label);
}
