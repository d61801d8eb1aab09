import type { JudgingCommand } from "../command.js";

/** `qsc scoreboard`. */
export const scoreboardCommand: JudgingCommand = {
  kind: "judges",
  name: "scoreboard",
  summary: "The status of all models and the ensemble. Exit 0 all GO, 2 otherwise",
  options: {},
  examples: [
    ["$0 scoreboard", "now, on the local Redis"],
    ["$0 scoreboard --count 2000 --json", "the newest 2000 entries, for a script"],
  ],
  run: async ({ source, window, judgement }) => {
    const { scoreboard } = await import("@qsc/rollout/judging");
    return scoreboard(source, window, judgement);
  },
};
