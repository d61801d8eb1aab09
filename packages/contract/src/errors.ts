import { ERROR_CODES, type ErrorCode } from "./codes.js";
import type { ExitCode } from "./exit-codes.js";

/**
 * An error with a code. Its message is one or more complete sentences for an operator: what is wrong, the value, and
 * what to do.
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

/** Any thrown value as a coded error. A value without a code becomes the cause of an `internal` error. */
export function asQscError(thrown: unknown): QscError {
  if (thrown instanceof QscError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new QscError("internal", `Internal error: ${message}`, { cause: thrown });
}
