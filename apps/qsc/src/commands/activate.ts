import { parseDuration, parseTime, QscError } from "@qsc/contract";
import { type ActingCommand, text, textOr } from "../command.js";
import { PROOF_OPTION, proofMs } from "./proof.js";
import { givenWindow } from "./window.js";

/** `qsc activate`. */
export const activateCommand: ActingCommand = {
  kind: "acts",
  name: "activate",
  summary: "Give a model 10 % of the vote, after a gate of its own. Exit 0 proven, 2 not",
  options: {
    model: { type: "string", demandOption: "name the model with --model", description: "The model that gets 10 % of the vote" },
    cutover: { type: "string", demandOption: "say the cutover with --cutover (qsc cutover prints it)", description: "Start of the process whose output is judged (ISO 8601 with zone)" },
    "dry-run": { type: "boolean", default: false, description: "Say what would be done, and change nothing" },
    duration: { type: "string", description: "How long the canary will be watched [6h]" },
    "watch-unit": { type: "string", description: "The unit that watches, started at the end, or none: you start qsc monitor [the one that qsc init installs, where it is]" },
    window: { type: "string", description: "Newest entries that the watch judges, where you start qsc monitor yourself [2000; else as the unit's file says]" },
    ...PROOF_OPTION,
  },
  examples: [
    ["$0 activate --model patchtst --cutover 2026-01-11T08:30:00Z --dry-run", "weights before and after, drop-in, rollback command"],
    ["$0 activate --model patchtst --cutover 2026-01-11T08:30:00Z", "without a unit that watches, start qsc monitor within a minute"],
  ],
  report: "needed",
  run: async ({ world, flags, signal, onStep }) => {
    const { activate, watchUnitOf, watchWindowOf } = await import("@qsc/rollout");
    const watchUnit = await watchUnitOf(world, text(flags, "watch-unit"));
    return activate(world, {
      model: required(text(flags, "model"), "--model"),
      cutoverMs: parseTime(required(text(flags, "cutover"), "--cutover"), "--cutover").firstMs,
      dryRun: flags["dry-run"] === true,
      durationMs: parseDuration(textOr(flags, "duration", "6h"), "--duration"),
      watchUnit,
      window: await watchWindowOf(world, watchUnit, givenWindow(flags)),
      proofMs: proofMs(flags),
      signal,
      onStep,
    });
  },
};

function required(value: string | null, option: string): string {
  if (value !== null) return value;
  throw new QscError("usage", `${option} is missing.`);
}
