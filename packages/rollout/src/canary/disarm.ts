import { canaryEnvironment, type Canary } from "@qsc/contract";
import type { OperationContext } from "../operation/context.js";
import { CANARY_DROP_IN } from "./drop-in.js";
import { endLease, guardName } from "./lease.js";

/**
 * Lets a canary with the whole vote live without a watch, and answers whether it did: a command that was stopped for
 * longer than the lease may find that the canary is being rolled back, or is gone.
 */
export async function disarm(context: OperationContext, canary: Canary): Promise<boolean> {
  const { services, unit } = context;
  // First: if a crash leaves the dead-man half disarmed, it may be there again after a reboot.
  if (!(await endLease(context))) return false;
  await services.disarmGuard(guardName(unit));
  return isConfigured(context, canary);
}

/** Whether no dead-man is there, and the canary is: an earlier command has disarmed it, and its lease was removed since. */
export async function isDisarmed(context: OperationContext, canary: Canary): Promise<boolean> {
  const { services, unit, files, paths } = context;
  if ((await files.read(paths.lease)) !== null) return false;
  return (await services.guardState(guardName(unit))) === "absent" && (await isConfigured(context, canary));
}

async function isConfigured({ services, unit }: OperationContext, canary: Canary): Promise<boolean> {
  const found = await services.readDropIn(unit, CANARY_DROP_IN);
  return found !== null && [...canaryEnvironment(canary)].every(([name, value]) => found.get(name) === value);
}
