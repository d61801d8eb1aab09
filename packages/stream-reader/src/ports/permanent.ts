import type { QscError } from "@qsc/contract";

/** Waiting fixes none of these. */
const PERMANENT: ReadonlySet<string> = new Set([
  "source_auth",
  "source_permission",
  "source_wrong_type",
  "invalid_source",
]);

/** Whether a reader must stop instead of waiting. An internal error is always a reason to stop. */
export function isPermanent({ code }: QscError): boolean {
  return PERMANENT.has(code) || code === "internal";
}
