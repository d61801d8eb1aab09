import { type ActingCommand, textOr } from "../command.js";
import { PROOF_OPTION, proofMs } from "./proof.js";

/** `qsc rollback`. */
export const rollbackCommand: ActingCommand = {
  kind: "acts",
  name: "rollback",
  summary: "Roll back the canary. Exit 0 the baseline is proven, 2 not",
  options: {
    reason: { type: "string", description: "The reason, for the log [asked for by an operator]" },
    "take-over": {
      type: "boolean",
      default: false,
      description: "Act even if another command hangs and keeps the lock",
    },
    "if-unmonitored": {
      type: "boolean",
      default: false,
      description: "Do nothing while a watch renews the canary's lease: for the dead-man",
    },
    ...PROOF_OPTION,
  },
  settings: ["metricsFile"],
  examples: [
    ["$0 rollback --reason 'spread widened'", "at once, from any state"],
    ["$0 rollback --take-over", "even if another command hangs and keeps the lock"],
  ],
  report: "kept",
  readsNoPolicy: true,
  run: async ({ context, flags, signal, onStep }) => {
    const { rollback } = await import("@qsc/rollout");
    return rollback(context, {
      reason: textOr(flags, "reason", "asked for by an operator"),
      takeOver: flags["take-over"] === true,
      ifUnmonitored: flags["if-unmonitored"] === true,
      proofMs: proofMs(flags),
      signal,
      onStep,
    });
  },
};
