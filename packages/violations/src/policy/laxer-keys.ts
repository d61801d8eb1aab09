import type { Policy } from "@qsc/contract";
import type { LimitKey } from "../checks/registry.js";
import { limitOf } from "./limit-of.js";
import { isLaxer, LIMIT_RULES } from "./limits.js";

/**
 * The keys of the limits that allow what the built-in ones forbid: none in a policy from a file. A policy that was made
 * from a profile has some.
 *
 * @throws QscError `invalid_option` for a limit that is missing, or not a number from 0
 */
export function laxerKeys(policy: Pick<Policy, "limits">): readonly LimitKey[] {
  // Object.keys loses the types of the keys; they are those of the table.
  return (Object.keys(LIMIT_RULES) as LimitKey[]).filter((key) => isLaxer(limitOf(policy, key), LIMIT_RULES[key]));
}
