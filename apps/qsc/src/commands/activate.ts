import { parseTime, QscError } from "@qsc/contract";
import { type ActingCommand, text } from "../command.js";
import { NEXT_WATCH_OPTIONS, nextWatch } from "./next-watch.js";
import { HEARTBEAT_OPTION } from "../heartbeat.js";

/** `qsc activate`. */
export const activateCommand: ActingCommand = {
  kind: "acts",
  name: "activate",
  summary: "Run the gate, then give the model 10 % of the vote. Exit 0 proven, 2 not",
  options: {
    model: {
      type: "string",
      demandOption: "name the model with --model",
      description: "The model that gets 10 % of the vote",
    },
    shadow: {
      type: "boolean",
      default: false,
      description:
        "The engine runs the model as a shadow: judge its answers without a vote, and prove that it votes then",
    },
    cutover: {
      type: "string",
      demandOption: "give the cutover with --cutover (qsc cutover prints it)",
      description: "Start of the process whose output is judged (ISO 8601 with zone)",
    },
    "dry-run": { type: "boolean", default: false, description: "Show what would be done, but change nothing" },
    ...NEXT_WATCH_OPTIONS,
    ...HEARTBEAT_OPTION,
  },
  settings: ["metricsFile", "modelKey", "modelSignature"],
  examples: [
    [
      "$0 activate --model patchtst --cutover 2026-01-11T08:30:00Z --dry-run",
      "weights before and after, drop-in, rollback command",
    ],
    [
      "$0 activate --model patchtst --cutover 2026-01-11T08:30:00Z",
      "if no unit watches, start qsc monitor within a minute",
    ],
  ],
  report: "needed",
  run: async ({ context, flags, signal, onStep }) => {
    const { activate } = await import("@qsc/rollout");
    return activate(context, {
      model: required(text(flags, "model"), "--model"),
      cutoverMs: parseTime(required(text(flags, "cutover"), "--cutover"), "--cutover").firstMs,
      shadow: flags["shadow"] === true,
      dryRun: flags["dry-run"] === true,
      ...(await nextWatch(context, flags)),
      signal,
      onStep,
    });
  },
};

function required(value: string | null, option: string): string {
  if (value !== null) return value;
  throw new QscError("usage", `${option} is missing.`);
}
