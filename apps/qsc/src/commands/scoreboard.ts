import { type JudgingCommand, text } from "../command.js";
import { THREADS_OPTION } from "../options.js";
import { SPREAD_OPTIONS } from "../spread/options.js";

/** `qsc scoreboard`. */
export const scoreboardCommand: JudgingCommand = {
  kind: "judges",
  name: "scoreboard",
  summary: "The status of all models and the ensemble. Exit 0 all GO, 2 otherwise",
  options: {
    shadow: {
      type: "string",
      description: "Judge this model by the answers that it gives as a shadow, without a vote",
    },
    threads: THREADS_OPTION,
    ...SPREAD_OPTIONS,
  },
  settings: ["queue", "modelKey", "modelSignature"],
  spreads: true,
  examples: [
    ["$0 scoreboard", "now, on the local Redis"],
    ["$0 scoreboard --count 2000 --json", "the newest 2000 entries, for a script"],
    ["$0 scoreboard --shadow xgb2", "with xgb2 as a shadow, which has no vote"],
  ],
  run: async ({ source, window, judgement, flags }) => {
    const { scoreboard } = await import("@qsc/rollout/judging");
    return scoreboard(source, { ...window, shadow: text(flags, "shadow") }, judgement);
  },
};
