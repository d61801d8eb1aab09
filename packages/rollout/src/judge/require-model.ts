import { lookAlike, QscError } from "@qsc/contract";
import type { JudgedWindow } from "./judge-window.js";

/** The models of a window. */
export function namesOf({ models }: Pick<JudgedWindow, "models">): readonly string[] {
  return models.map(({ model }) => model);
}

/**
 * Refuses a model that is not in the telemetry, and names the models that are. Telemetry without any model is refused
 * elsewhere.
 * @throws QscError `unknown_model`
 */
export function requireModel(model: string, names: readonly string[]): void {
  if (names.length === 0 || names.includes(model)) return;
  const alike = lookAlike(model, names);
  const why =
    alike === null ? "" : ` '${alike}' looks like it, in another Unicode normal form: copy the name from here.`;
  throw new QscError(
    "unknown_model",
    `Model '${model}' does not appear in the telemetry; the models there are ${names.join(", ")}.${why}`,
  );
}
