import type { Policy } from "@qsc/contract";
import { readOptionFile } from "./read-file.js";

/** The policy of a file; the built-in one for null. @throws QscError `invalid_policy` */
export async function policyFrom(path: string | null): Promise<{ policy: Policy; policySource: string }> {
  const { DEFAULT_POLICY, parsePolicy } = await import("@qsc/violations");
  if (path === null) return { policy: DEFAULT_POLICY, policySource: "built-in" };
  const content = await readOptionFile("Policy", path, "invalid_policy");
  return { policy: await parsePolicy(content, path), policySource: path };
}
