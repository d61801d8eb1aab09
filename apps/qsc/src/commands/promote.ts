import { type ActingCommand, text } from "../command.js";
import { NEXT_WATCH_OPTIONS, nextWatch } from "./next-watch.js";
import { HEARTBEAT_OPTION } from "../heartbeat.js";

/** `qsc promote`. */
export const promoteCommand: ActingCommand = {
  kind: "acts",
  name: "promote",
  summary: "Give an eligible canary its next share of the vote. Exit 0 proven, 2 not",
  options: {
    to: {
      type: "string",
      choices: ["50", "100"],
      demandOption: "pass --to 50 or --to 100",
      description: "Share of the vote in percent: 50 after 10, 100 after 50",
    },
    ...NEXT_WATCH_OPTIONS,
    ...HEARTBEAT_OPTION,
  },
  settings: ["metricsFile"],
  examples: [
    ["$0 promote --to 50", "after an eligible watch at 10 %; then it is watched again"],
    ["$0 promote --to 100 --duration 12h", "after an eligible watch at 50 %; then it is watched for 12 hours"],
  ],
  report: "needed",
  run: async ({ context, flags, signal, onStep }) => {
    const { promote } = await import("@qsc/rollout");
    const to = text(flags, "to") === "100" ? 1 : 0.5;
    return promote(context, { to, ...(await nextWatch(context, flags)), signal, onStep });
  },
};
