import { QscError } from "@qsc/contract";

/** What the system calls an error, or what caused it, such as `ENOSPC`; null where it does not. */
export function systemCodeOf(thrown: unknown): string | null {
  if (thrown instanceof QscError) return systemCodeOf(thrown.cause);
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" ? thrown.code : null;
}
