import { QscError } from "@qsc/contract";

/** The system's code of an error, or of its cause, such as `ENOSPC`; null if it has none. */
export function systemCodeOf(thrown: unknown): string | null {
  if (thrown instanceof QscError) return systemCodeOf(thrown.cause);
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" ? thrown.code : null;
}
