import { asQscError, QscError } from "@qsc/contract";
import type { StateReader } from "../canary/state-file.js";
import type { CanaryWorld } from "../canary/world.js";
import type { Watched } from "./reducer.js";

/** What another command has done to the canary of a watch. */
export type Interference =
  | { readonly kind: "left"; readonly detail: string }
  | { readonly kind: "broken"; readonly detail: string };

/** What the state file says that does not go with this watch's own canary; null where it still is the one that is watched. */
export async function interferenceWith({ canary }: Watched, stateFile: StateReader): Promise<Interference | null> {
  const read = await stateFile.read();
  if (read.kind === "absent") return { kind: "left", detail: "The state file is gone; start the watch again, or roll back the canary." };
  if (read.kind === "broken") return read;
  const { state } = read;
  const isLive = state.phase === "canary" || state.phase === "eligible";
  if (isLive && state.canary.share === canary.share && state.canary.model === canary.model) return null;
  return { kind: "left", detail: `The canary is in the phase ${state.phase} by now: another command has acted on it.` };
}

/** Acts while no other command does, so that no state of another is written over; null where one does, or has. */
export async function alone<T>(
  { lock }: Pick<CanaryWorld, "lock">,
  isUntouched: () => Promise<boolean>,
  act: () => Promise<T>,
): Promise<T | null> {
  const release = await lock.acquire(0).catch((thrown: unknown) => {
    if (thrown instanceof QscError && thrown.code === "canary_locked") return null;
    throw asQscError(thrown);
  });
  if (release === null) return null;
  try {
    return (await isUntouched()) ? await act() : null;
  } finally {
    await release();
  }
}
