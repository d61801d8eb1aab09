import type { ExitCode } from "./exit-codes.js";

/** Every coded error, and the exit code (see EXIT) a command ends with when one reaches its end. */
export const ERROR_CODES = {
  /** A wrong option, argument or combination of them. */
  usage: 1,
  /** A value passed to a library function that the function is not defined for. */
  invalid_option: 1,
  /** A time or duration that cannot be understood. */
  invalid_time: 1,
  /** A settings file that cannot be read or understood. */
  invalid_config: 1,
  /** A policy that cannot be read, has an unknown key, or would loosen a limit. */
  invalid_policy: 1,
  /** A model manifest that cannot be read or understood. */
  invalid_manifest: 1,
  /** Voting weights that are no numbers from 0 on, do not sum up to 1, or name other models. */
  invalid_weights: 1,
  /** A source URL that names no known kind of source. */
  invalid_source: 1,
  /** A unit's, drop-in's or guard's name that systemd would refuse, or that could leave its directory. */
  invalid_unit: 1,
  /** A drop-in's environment that could break out of its line, or a drop-in that another tool has written. */
  dropin_invalid: 1,
  /** A report could not be written. */
  report_failed: 1,
  /** A fault of the tool itself. */
  internal: 1,
  /** Nobody answers at the source's address. */
  source_unreachable: 2,
  /** The source refuses the user or password. */
  source_auth: 2,
  /** The user may not read this stream. */
  source_permission: 2,
  /** There is no such stream or file. */
  source_missing: 2,
  /** The key exists, but is no stream. */
  source_wrong_type: 2,
  /** The source accepted the question and did not answer in time. */
  source_timeout: 2,
  /** The source answered with something that cannot be read. */
  source_unreadable: 2,
  /** The place for entries is there, and takes none: a full disk, no memory, a replica. */
  sink_failed: 2,
  /** The model asked about is not in the telemetry. */
  unknown_model: 2,
  /** The service manager cannot be asked. */
  service_unreachable: 2,
  /** There is no such unit. */
  service_missing: 2,
  /** The unit did what it should not have done: it did not start, or did not stay. */
  service_failed: 2,
  /** The user may not do this to the unit. */
  service_permission: 2,
  /** The unit or its manager did not come to an end in time. */
  service_timeout: 2,
  /** A unit file or drop-in cannot be written, read or removed: a full disk, a read-only file system. */
  dropin_failed: 2,
  /** The git checkout cannot be used, or its build failed. */
  repository_failed: 2,
  /** Another command acts on the unit. */
  canary_locked: 2,
  /** Another command has acted since, and this one undoes what it did. */
  canary_taken_over: 2,
  /** What is there does not allow a canary, or its next step. */
  canary_refused: 2,
  /** The engine does not prove that it serves what it should. */
  canary_not_proven: 2,
  /** The audit log is not as it was written. */
  audit_broken: 2,
  /** A file of a canary's life cannot be read or written: a full disk, a read-only file system. */
  file_failed: 2,
  /** The operator stopped the command before it had an answer. */
  interrupted: 2,
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

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
