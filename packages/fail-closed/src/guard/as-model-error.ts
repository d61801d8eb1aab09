import { ModelError, type ModelErrorCode } from "../errors.js";
import { messageOf } from "../words.js";

/** Anything thrown, as a ModelError: one as it stands, anything else as the cause of one with this code. */
export function asModelError(thrown: unknown, code: ModelErrorCode, what: string): ModelError {
  try {
    if (thrown instanceof ModelError) return thrown;
    return new ModelError(code, `${what}: ${messageOf(thrown)}`, { cause: thrown });
  } catch {
    // A proxy, or a getter, that throws when it is looked at.
    return new ModelError(code, `${what}, with an error that cannot be read`);
  }
}
