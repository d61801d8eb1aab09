import { parseDuration } from "@qsc/contract";
import type { NextWatch, OperationContext } from "@qsc/rollout";
import type { Options } from "yargs";
import { type Flags, text, textOr } from "../command.js";
import { PROOF_OPTION, proofMs } from "./proof.js";
import { givenWindow } from "./window.js";

/** The options of a command that gives a canary a share of the vote: how it is proven, and watched then. */
export const NEXT_WATCH_OPTIONS: Readonly<Record<string, Options>> = {
  duration: { type: "string", description: "How long the canary will be watched at this share [6h]" },
  "watch-unit": {
    type: "string",
    description:
      "The unit that watches, started at the end; or none: you start qsc monitor [the unit that qsc init installs, if any]",
  },
  window: {
    type: "string",
    description:
      "Number of newest entries that the watch judges, if you start qsc monitor yourself [2000; otherwise from the unit's file]",
  },
  ...PROOF_OPTION,
};

/** What these options ask for; the rest from the unit that watches. */
export async function nextWatch(
  context: OperationContext,
  flags: Flags,
): Promise<Required<Omit<NextWatch, "signal" | "onStep">>> {
  const { watchUnitOf, watchWindowOf } = await import("@qsc/rollout");
  const watchUnit = await watchUnitOf(context, text(flags, "watch-unit"));
  return {
    durationMs: parseDuration(textOr(flags, "duration", "6h"), "--duration"),
    watchUnit,
    window: await watchWindowOf(context, watchUnit, givenWindow(flags)),
    proofMs: proofMs(flags),
  };
}
