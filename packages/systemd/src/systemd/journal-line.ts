import type { JournalLine } from "../port.js";

/** A line of `journalctl --output=json`; null where it is none, or says nothing. */
export function parseJournalLine(line: string): JournalLine | null {
  const fields = asObject(line);
  const message = textOf(fields?.["MESSAGE"]);
  const timeUs = numberOf(fields?.["__REALTIME_TIMESTAMP"]);
  if (fields === null || message === null || timeUs === null) return null;
  return {
    timeUs,
    message,
    pid: numberOf(fields["_PID"]),
    invocationId: textOf(fields["_SYSTEMD_INVOCATION_ID"]),
    identifier: textOf(fields["SYSLOG_IDENTIFIER"]),
    priority: numberOf(fields["PRIORITY"]),
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

/** A field is a text; its bytes, where they are no printable text; or a list of either, where it was given twice. */
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
