import type { ErrorCode } from "@qsc/contract";
import { ServiceError } from "../service-error.js";

/** Maps an errno to an error code and to what to do about it. */
const SYSTEM: ReadonlyMap<unknown, readonly [ErrorCode, string]> = new Map([
  ["EACCES", ["service_permission", "Give the user write access there, or run it as the user who owns it."]],
  ["EPERM", ["service_permission", "Run it as the user who started the process."]],
  ["ENOSPC", ["service_failed", "Make room on that disk."]],
  ["EDQUOT", ["service_failed", "Make room on that disk."]],
  ["EROFS", ["service_failed", "Mount that file system writable."]],
]);
const OTHERWISE: readonly [ErrorCode, string] = [
  "service_unreachable",
  "Look at that path: it holds what is known of its processes.",
];

/** Runs an operation on the files and processes of a unit or guard; a system error becomes a coded error. */
export async function attempting<T>(unit: string | null, doing: string, action: () => T | Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof ServiceError) throw error;
    const [code, advice] = SYSTEM.get(error instanceof Error && "code" in error ? error.code : undefined) ?? OTHERWISE;
    const reason = error instanceof Error ? error.message : String(error);
    throw new ServiceError(code, `${doing} failed${unit === null ? "" : ` for ${unit}`}: ${reason}. ${advice}`, {
      unit,
      cause: error,
    });
  }
}
