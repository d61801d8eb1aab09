import { asQscError } from "@qsc/contract";
import { within } from "../host/within.js";
import { ANSWER_MS } from "../operation/bounds.js";
import type { OperationContext } from "../operation/context.js";
import { guardName } from "./lease.js";

/**
 * What the dead-man does after a rollback that left something to do, as a sentence: as it is armed now, and not as it
 * should be. Never rejects.
 * @param stays what it does if it is armed: `stays armed until it is`
 */
export async function guardWords({ services, unit }: OperationContext, stays: string): Promise<string> {
  const name = guardName(unit);
  try {
    const state = await within(ANSWER_MS, "Asking for the dead-man", services.guardState(name));
    if (state === "armed") return `The dead-man ${stays}.`;
    const why = state === "absent" ? "is not armed" : `will not run (${state.broken})`;
    return `${name} ${why}, so nothing else continues: run qsc rollback again.`;
  } catch (thrown) {
    return `Whether ${name} is armed is unknown (${asQscError(thrown).message}): run qsc rollback again.`;
  }
}
