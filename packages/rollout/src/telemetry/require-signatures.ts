import { QscError, type Policy } from "@qsc/contract";
import type { EventSource } from "@qsc/stream-reader";

/**
 * What the policy asks for, the source has to do.
 * @throws QscError `invalid_policy` where the policy requires signatures and nothing verifies them
 */
export function requireSignatures({ verifies = false, label }: EventSource, { require }: Pick<Policy, "require">): void {
  if (!require.includes("signature") || verifies) return;
  throw new QscError(
    "invalid_policy",
    `The policy requires signatures, and no key verifies those of ${label}: name the engine's public key with --verify-key (verifyKeys of openSource).`,
  );
}
