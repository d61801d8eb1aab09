import { parseDuration } from "@qsc/contract";
import { type ActingCommand, text, textOr } from "../command.js";
import { PROOF_OPTION, proofMs } from "./proof.js";
import { givenWindow } from "./window.js";

/** `qsc promote`. */
export const promoteCommand: ActingCommand = {
  kind: "acts",
  name: "promote",
  summary: "Give an eligible canary its next share of the vote. Exit 0 proven, 2 not",
  options: {
    to: { type: "string", choices: ["50", "100"], demandOption: "say --to 50 or --to 100", description: "Share of the vote in percent: 50 after 10, 100 after 50" },
    duration: { type: "string", description: "How long the canary will be watched at this share [6h]" },
    "watch-unit": { type: "string", description: "The unit that watches, started at the end, or none: you start qsc monitor [the one that qsc init installs, where it is]" },
    window: { type: "string", description: "Newest entries that the watch judges, where you start qsc monitor yourself [2000; else as the unit's file says]" },
    ...PROOF_OPTION,
  },
  examples: [
    ["$0 promote --to 50", "after an eligible watch at 10 %; it is watched again"],
    ["$0 promote --to 100 --duration 12h", "after an eligible watch at 50 %; watched for 12 hours"],
  ],
  report: "needed",
  run: async ({ world, flags, signal, onStep }) => {
    const { promote, watchUnitOf, watchWindowOf } = await import("@qsc/rollout");
    const watchUnit = await watchUnitOf(world, text(flags, "watch-unit"));
    return promote(world, {
      to: text(flags, "to") === "100" ? 1 : 0.5,
      durationMs: parseDuration(textOr(flags, "duration", "6h"), "--duration"),
      watchUnit,
      window: await watchWindowOf(world, watchUnit, givenWindow(flags)),
      proofMs: proofMs(flags),
      signal,
      onStep,
    });
  },
};
