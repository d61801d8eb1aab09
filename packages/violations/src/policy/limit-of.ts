import { invalidOption, type Policy, type Profile } from "@qsc/contract";
import type { LimitKey } from "../checks/registry.js";

/**
 * The limit in force, `<check>.<measure>`. The only way to read a limit of a policy: a missing one has no substitute.
 *
 * @throws QscError `invalid_option` when the policy lacks it, or it is not a number from 0
 */
export function limitOf(policy: Pick<Policy, "limits">, key: LimitKey): number {
  return readLimit("policy", policy, key);
}

/**
 * The limit of a profile, `<check>.<measure>`. The only way to read one: a missing one has no substitute.
 *
 * @throws QscError `invalid_option` when the profile lacks it, or it is not a number from 0
 */
export function profileLimitOf(profile: Pick<Profile, "limits">, key: string): number {
  return readLimit("profile", profile, key);
}

function readLimit(name: string, holder: { readonly limits?: unknown } | null | undefined, key: string): number {
  if (typeof key !== "string") throw invalidOption("key", key, "a text");
  const limits = holder?.limits;
  const limit: unknown =
    typeof limits === "object" && limits !== null && Object.hasOwn(limits, key)
      ? (limits as Readonly<Record<string, unknown>>)[key]
      : undefined;
  if (typeof limit === "number" && limit >= 0 && limit < Infinity) return limit;
  throw invalidOption(`${name}.limits["${key}"]`, limit, "a number from 0 on");
}
