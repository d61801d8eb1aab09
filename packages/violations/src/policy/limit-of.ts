import { invalidOption, type Policy } from "@qsc/contract";
import type { LimitKey } from "../checks/registry.js";

/**
 * The limit in force, `<check>.<measure>`. The only way to read a limit: a missing one has no substitute.
 *
 * @throws QscError `invalid_option` when the policy lacks it, or it is not a number from 0
 */
export function limitOf(policy: Pick<Policy, "limits">, key: LimitKey): number {
  if (typeof key !== "string") throw invalidOption("key", key, "a text");
  const limits: unknown = (policy as Partial<Policy> | null | undefined)?.limits;
  const limit: unknown =
    typeof limits === "object" && limits !== null && Object.hasOwn(limits, key)
      ? (limits as Policy["limits"])[key]
      : undefined;
  if (typeof limit === "number" && limit >= 0 && limit < Infinity) return limit;
  throw invalidOption(`policy.limits["${key}"]`, limit, "a number from 0 on");
}
