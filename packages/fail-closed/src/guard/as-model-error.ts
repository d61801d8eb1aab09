import { ModelError, type ModelErrorCode } from "../errors.js";
import { messageOf } from "../words.js";

/** Anything thrown, as a ModelError: a ModelError unchanged, anything else as the cause of one with this code. */
export function asModelError(thrown: unknown, code: ModelErrorCode, what: string): ModelError {
  try {
    if (thrown instanceof ModelError) return thrown;
    return new ModelError(code, `${what}: ${messageOf(thrown)}`, { cause: thrown });
  } catch {
    // A proxy or a getter that throws when read.
    return new ModelError(code, `${what}, with an error that cannot be read`);
  }
}
