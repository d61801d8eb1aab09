import type { JournalLine } from "../port.js";

/** A line of the journal, with the fields that tell which process wrote it. */
export interface JournalEntry {
  readonly line: JournalLine;
  /** When the journal received it, in microseconds since boot. */
  readonly monotonicUs: number | null;
  /** The unit that wrote it: the system unit and the user manager's unit. Empty if the journal did not see it. */
  readonly units: readonly string[];
  /** The start that the line says it is about, as a manager's own lines do. */
  readonly about: string | null;
}

/** The fields to ask for; the timestamps are always included. */
export const FIELDS =
  "MESSAGE,_PID,_SYSTEMD_INVOCATION_ID,SYSLOG_IDENTIFIER,PRIORITY,_SYSTEMD_UNIT,_SYSTEMD_USER_UNIT,INVOCATION_ID,USER_INVOCATION_ID";

/** A line of `journalctl --output=json`; null if it is invalid or has no message. */
export function parseJournalEntry(text: string): JournalEntry | null {
  const fields = asObject(text);
  const message = textOf(fields?.["MESSAGE"]);
  const timeUs = numberOf(fields?.["__REALTIME_TIMESTAMP"]);
  if (fields === null || message === null || timeUs === null) return null;
  const line = {
    timeUs,
    message,
    pid: numberOf(fields["_PID"]),
    invocationId: textOf(fields["_SYSTEMD_INVOCATION_ID"]),
    identifier: textOf(fields["SYSLOG_IDENTIFIER"]),
    priority: numberOf(fields["PRIORITY"]),
  };
  return {
    line,
    monotonicUs: numberOf(fields["__MONOTONIC_TIMESTAMP"]),
    units: ["_SYSTEMD_UNIT", "_SYSTEMD_USER_UNIT"].flatMap((name) => textOf(fields[name]) ?? []),
    about: textOf(fields["INVOCATION_ID"]) ?? textOf(fields["USER_INVOCATION_ID"]),
  };
}

function asObject(line: string): Record<string, unknown> | null {
  if (!line.startsWith("{")) return null;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return null;
  }
}

/** A field is a text, its bytes if they are not printable, or a list of either if the field was given twice. */
function textOf(field: unknown): string | null {
  if (typeof field === "string") return field;
  if (!Array.isArray(field)) return null;
  const values: readonly unknown[] = field;
  if (values.every((value) => typeof value === "number")) return Buffer.from(values).toString("utf8");
  return textOf(values[0]);
}

function numberOf(field: unknown): number | null {
  const text = textOf(field);
  const number = Number(text);
  return text === null || text === "" || !Number.isSafeInteger(number) ? null : number;
}
