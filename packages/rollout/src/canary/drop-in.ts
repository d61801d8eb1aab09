import { canaryEnvironment, type Canary } from "@qsc/contract";
import { renderEnvironment } from "@qsc/systemd";
import type { OperationContext } from "../operation/context.js";

/** The drop-in that gives a canary its share. */
export const CANARY_DROP_IN = "canary_weights.conf";

/** The drop-in of a canary, for a document. */
export function shownDropIn(
  { services, unit }: OperationContext,
  canary: Canary,
): { readonly path: string; readonly text: string } {
  return { path: services.dropInPath(unit, CANARY_DROP_IN), text: renderEnvironment(canaryEnvironment(canary)) };
}
