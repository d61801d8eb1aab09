import { inertText, QscError, type ErrorCode } from "@qsc/contract";

/** What was being done when a service error occurred. */
export interface ServiceDetails {
  /** The unit, drop-in or guard concerned; null if there is none. */
  readonly unit: string | null;
  /** The command as it was run; null if none was. */
  readonly command: string | null;
  /** The command's exit code; null if it did not exit by itself. */
  readonly commandExit: number | null;
  readonly stderr: string;
  readonly cause?: unknown;
}

const nothing: ServiceDetails = { unit: null, command: null, commandExit: null, stderr: "" };

/** A coded error of a service manager, with the command that caused it. */
export class ServiceError extends QscError {
  readonly unit: string | null;
  readonly command: string | null;
  readonly commandExit: number | null;
  readonly stderr: string;

  constructor(code: ErrorCode, message: string, details: Partial<ServiceDetails> = {}) {
    super(code, message, details.cause === undefined ? {} : { cause: details.cause });
    this.name = "ServiceError";
    const { unit, command, commandExit, stderr } = { ...nothing, ...details };
    this.unit = unit;
    this.command = command;
    this.commandExit = commandExit;
    this.stderr = stderr;
  }
}

/** Another program's text for use within a sentence: one line, inert, limited in length. */
export function quoted(text: string, length = 600): string {
  const line = inertText(text.trim().replace(/\s*\n\s*/g, " | "));
  return line.length <= length ? line : `${line.slice(0, length)}...`;
}
