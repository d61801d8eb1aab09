import { CANARY_DROP_IN } from "./drop-in.js";
import { readState } from "./state-file.js";
import type { CanaryWorld } from "./world.js";

/** Whether a unit has a canary, by every sign: the model that was promoted, where one was; or what stands in the way. */
export type CanarySigns = { readonly promoted: string | null } | { readonly live: string };

/** Looks at state file and drop-in. A canary that has the whole vote, and is watched no more, is none. */
export async function canarySigns(world: CanaryWorld): Promise<CanarySigns> {
  const { services, unit } = world;
  const read = await readState(world);
  if (read.kind === "broken") return { live: read.detail };
  const state = read.kind === "state" && read.state.phase !== "baseline" ? read.state : null;
  if (state !== null && state.phase !== "promoted") return { live: `${state.canary.model} is in the phase ${state.phase}` };
  if (state === null && (await services.readDropIn(unit, CANARY_DROP_IN)) !== null) {
    return { live: `${services.dropInPath(unit, CANARY_DROP_IN)} is there, which no state knows of` };
  }
  return { promoted: state?.canary.model ?? null };
}
