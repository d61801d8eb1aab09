import { ERROR_CODES, EXIT, type ErrorCode } from "@qsc/contract";

/**
 * A message with its code in front, under which the runbook lists it. A message that ends in exit 1 has no code: it
 * says itself what to write instead. Nor has one that begins with the ID of a check.
 */
export function withCode({ code, message }: { readonly code?: string | undefined; readonly message: string }): string {
  const isRefusal =
    code !== undefined && Object.hasOwn(ERROR_CODES, code) && ERROR_CODES[code as ErrorCode] === EXIT.refused;
  return isRefusal ? `[${code}] ${message}` : message;
}
