import type { WeightsByModel } from "@qsc/contract";
import { within } from "../../host/within.js";
import { CLOSE_MS, FILE_MS } from "../../operation/bounds.js";
import type { Wanted } from "../../operation/proof-reading.js";
import { NotServed, prove } from "../../operation/prove.js";
import { whileItRuns } from "../../operation/unit-fate.js";
import { savedWeights } from "../saved-baseline.js";
import type { Attempt } from "./attempt.js";

/** The proof; it ends if the process does not stay up, and does not wait for a source that does not close. */
async function proof({ context, request }: Attempt, wanted: Wanted): ReturnType<typeof prove> {
  const { proofMs, signal } = request;
  const fate = { restarts: "wait", ...(signal !== undefined && { signal }) } as const;
  const proving = whileItRuns(context, fate, (until) => prove(context, wanted, proofMs, until));
  return within(proofMs + CLOSE_MS, "The proof", proving);
}

/** Proves that the baseline is served again. @throws QscError `canary_not_proven`; NotServed */
export async function proveBaseline(
  attempt: Attempt,
  wanted: Pick<Wanted, "weights" | "formerBoots" | "mark">,
): ReturnType<typeof prove> {
  try {
    return await proof(attempt, { canary: null, served: null, ...wanted });
  } catch (thrown) {
    const isSaved = (attempt.state?.canary ?? null) === null && wanted.weights.length > 0;
    if (!isSaved || !(thrown instanceof NotServed) || thrown.engine === null || thrown.engine.canary !== null)
      throw thrown;
    throw new NotServed(
      `${thrown.message.replace(/\.$/, "")}; if these are the engine's own weights now, move ${attempt.context.paths.baseline} away.`,
      thrown.engine,
    );
  }
}

/**
 * The weights that may be served after the rollback. After a promotion these include the promoted weights, which may
 * have become the engine's own. Without a canary: the saved baseline of the last one. Empty if no baseline was ever
 * saved: then any weights will do.
 */
export async function baselinesOf({ context, state }: Attempt): Promise<readonly WeightsByModel[]> {
  const { files, paths } = context;
  if (state?.phase === "promoted") return [state.canary.baseline, state.canary.weights];
  if (state !== null && state.canary !== null) return [state.canary.baseline];
  const text = await within(FILE_MS, `Reading ${paths.baseline}`, files.read(paths.baseline));
  return text === null ? [] : [savedWeights(text, paths.baseline)];
}
