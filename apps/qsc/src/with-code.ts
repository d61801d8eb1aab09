import { ERROR_CODES, EXIT, type ErrorCode } from "@qsc/contract";

/**
 * A sentence behind its code, which the runbook is read by. One that ends in exit 1 stands alone: it says itself what to
 * write instead.
 */
export function withCode({ code, message }: { readonly code?: ErrorCode | undefined; readonly message: string }): string {
  return code === undefined || ERROR_CODES[code] !== EXIT.refused ? message : `[${code}] ${message}`;
}
