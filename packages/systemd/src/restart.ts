import type { ServiceManager, UnitState } from "./port.js";

/**
 * Stops a unit and starts it again, however often it has been started or has failed before.
 * @param timeoutMs for stopping, and again for starting
 * @returns its state under the new invocation
 * @throws QscError as `stop` and `start` do
 */
export async function restart(
  manager: ServiceManager,
  unit: string,
  { timeoutMs }: { readonly timeoutMs: number },
): Promise<UnitState> {
  await manager.resetFailed(unit);
  await manager.stop(unit, timeoutMs);
  return await manager.start(unit, timeoutMs);
}
