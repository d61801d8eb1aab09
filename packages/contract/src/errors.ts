import { ERROR_CODES, type ErrorCode } from "./codes.js";
import type { ExitCode } from "./exit-codes.js";

/**
 * An error with a code. Its message is one or more whole sentences for an operator: what is
 * wrong, with the value, and what to do.
 */
export class QscError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = "QscError";
    this.code = code;
  }

  /** The exit code of a command that ends with this error. */
  get exitCode(): ExitCode {
    return ERROR_CODES[this.code];
  }
}

/** Anything thrown, as a coded error; what has no code becomes the cause of an `internal` one. */
export function asQscError(thrown: unknown): QscError {
  if (thrown instanceof QscError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new QscError("internal", `Internal error: ${message}`, { cause: thrown });
}
