import { QscError, type Policy } from "@qsc/contract";
import type { Settings } from "./settings/table.js";

/** @throws QscError `invalid_policy` if signatures are required and no key is named: then no entry could be proven */
export function requireVerifyKey({ require }: Policy, { verifyKey }: Settings): void {
  if (!require.includes("signature") || verifyKey !== null) return;
  throw new QscError(
    "invalid_policy",
    "The policy requires signatures, but no key is named; name the engine's public key with --verify-key.",
  );
}
