import { asQscError, QscError } from "@qsc/contract";
import { leaseRuns } from "../canary/lease.js";
import { takenOver, type ReadState, type StateReader } from "../canary/state.js";
import type { OperationContext } from "../operation/context.js";
import type { Watched } from "./reducer.js";

/** What another command has done to the canary of a watch. */
export type Interference =
  | { readonly kind: "left" | "broken"; readonly detail: string }
  /** It has given the same canary a larger share. */
  | { readonly kind: "raised"; readonly share: number; readonly detail: string }
  /** It is doing so, and may still fail. */
  | { readonly kind: "being raised"; readonly detail: string };

/** How the state file contradicts this watch; null if its canary is still the watched one. */
export async function interferenceWith(watched: Watched, stateFile: StateReader): Promise<Interference | null> {
  return interferenceIn(watched, await stateFile.read());
}

/** The same, for a state that was read. */
function interferenceIn({ canary }: Watched, read: ReadState): Interference | null {
  if (read.kind === "absent")
    return { kind: "left", detail: "The state file is gone; start the watch again, or roll back the canary." };
  if (read.kind === "broken") return { kind: "broken", detail: read.detail };
  const { state } = read;
  const isLive = state.phase === "canary" || state.phase === "eligible";
  const isOther =
    state.canary?.activation !== undefined &&
    canary.activation !== undefined &&
    state.canary.activation !== canary.activation;
  if (isOther)
    return {
      kind: "left",
      detail: "Another canary has been activated since this watch began; start a watch of that one.",
    };
  if (isLive && state.canary.share === canary.share && state.canary.model === canary.model) return null;
  const detail = `The canary is now in the phase ${state.phase}: another command has acted on it.`;
  const isActivating = state.phase === "activating";
  if (!(isLive || isActivating) || state.canary.model !== canary.model || state.canary.share <= canary.share)
    return { kind: "left", detail };
  return isActivating ? { kind: "being raised", detail } : { kind: "raised", share: state.canary.share, detail };
}

/** Throws QscError `canary_taken_over` if a state that was read must not be replaced by that of this watch. */
export function untouched(context: OperationContext, watched: Watched): (there: ReadState) => void {
  return (there) => {
    const found = interferenceIn(watched, there);
    if (found !== null && found.kind !== "broken") throw takenOver(context);
  };
}

/** How often a watch looks whether a promotion has come to its end, in milliseconds. */
const PROMOTION_MS = 1000;

/**
 * The same, once it is over. A promotion that is under way is waited for: it judges the canary itself, and until it has
 * proven the larger share nothing has passed. Its lease is not extended meanwhile.
 * @param waiting `onWait` is called while it waits, to show that the watch is alive; the signal ends the wait
 */
export async function settledInterference(
  context: OperationContext,
  watched: Watched,
  stateFile: StateReader,
  { signal, onWait }: { readonly signal: AbortSignal; readonly onWait: () => void },
): Promise<Exclude<Interference, { readonly kind: "being raised" }> | null> {
  for (;;) {
    const found = await interferenceWith(watched, stateFile);
    if (found?.kind !== "being raised") return found;
    if (signal.aborted) return { kind: "left", detail: found.detail };
    if (!(await leaseRuns(context)))
      return {
        kind: "left",
        detail: "A promotion has not come to its end in time: the dead-man rolls the canary back.",
      };
    onWait();
    await context.clock.sleep(PROMOTION_MS, signal);
  }
}

/**
 * Acts while no other command does, so that no state of another is overwritten; null if one is acting, or has acted.
 */
export async function alone<T>(
  { lock }: Pick<OperationContext, "lock">,
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
