import { QscError, type Policy } from "@qsc/contract";
import type { EventSource } from "@qsc/stream-reader";

/**
 * Refuses a source that cannot verify signatures if the policy requires them.
 * @throws QscError `invalid_policy`
 */
export function requireSignatures(
  { verifies = false, label }: EventSource,
  { require }: Pick<Policy, "require">,
): void {
  if (!require.includes("signature") || verifies) return;
  throw new QscError(
    "invalid_policy",
    `The policy requires signatures, but there is no key to verify those of ${label}: name the engine's public key with --verify-key (verifyKeys of openSource).`,
  );
}
