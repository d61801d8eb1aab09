import type { ActingCommand } from "../command.js";

/** `qsc history`. */
export const historyCommand: ActingCommand = {
  kind: "acts",
  name: "history",
  summary: "The canaries there were: when, how far, how each ended, and why. Exit 0 if the log is whole, 2 not",
  options: {},
  examples: [
    ["$0 history", "past canaries, the newest first, each with the report of its end"],
    ["$0 history --json | grep '\"outcome\"'", "only how they ended, for a script"],
  ],
  report: "none",
  onlyAsks: true,
  run: async ({ context }) => {
    const { history } = await import("@qsc/rollout");
    return history(context);
  },
};
