import { QscError, type ErrorCode } from "@qsc/contract";

const PERMISSION = [
  "source_permission",
  "This user may not write the event log '%'; grant it write permission.",
] as const;
const DIRECTORY = [
  "source_missing",
  "The directory of the event log '%' does not exist; create it, or fix the path.",
] as const;
const FULL = ["sink_failed", "The event log '%' cannot grow: its disk or quota is full; free some space."] as const;

const SENTENCES: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  ENOENT: DIRECTORY,
  ENOTDIR: DIRECTORY,
  EACCES: PERMISSION,
  EPERM: PERMISSION,
  EROFS: PERMISSION,
  EISDIR: ["source_unreadable", "'%' is a directory; name the event log file in it."],
  ENOSPC: FULL,
  EDQUOT: FULL,
  EFBIG: FULL,
};

/** A file system error for a writer as a coded error, in a sentence. */
export function writeError(path: string, error: unknown): QscError {
  if (error instanceof QscError) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const message = error instanceof Error ? error.message : String(error);
  const [errorCode, sentence] = SENTENCES[code] ?? [
    "sink_failed" as const,
    `The event log '%' cannot be written (${message}); check the file and its disk.`,
  ];
  return new QscError(
    errorCode,
    sentence.replace("%", () => path),
    { cause: error },
  );
}
