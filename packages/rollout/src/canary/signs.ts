import { CANARY_DROP_IN } from "./drop-in.js";
import { readState } from "./state.js";
import type { OperationContext } from "../operation/context.js";

/**
 * Whether a unit has a canary, by every sign: a phrase that says what shows one; or the promoted model, if there is
 * one.
 */
export type CanarySigns = { readonly promoted: string | null } | { readonly live: string };

/** Checks the state file and the drop-in. A canary with the whole vote that is no longer watched does not count. */
export async function canarySigns(context: OperationContext): Promise<CanarySigns> {
  const { services, unit } = context;
  const read = await readState(context);
  if (read.kind === "broken") return { live: read.detail };
  const state = read.kind === "state" && read.state.phase !== "baseline" ? read.state : null;
  if (state !== null && state.phase !== "promoted")
    return { live: `${state.canary.model} is in the phase ${state.phase}` };
  if (state === null && (await services.readDropIn(unit, CANARY_DROP_IN)) !== null) {
    return {
      live: `${services.dropInPath(unit, CANARY_DROP_IN)} exists, but the state file does not mention a canary`,
    };
  }
  return { promoted: state?.canary.model ?? null };
}
