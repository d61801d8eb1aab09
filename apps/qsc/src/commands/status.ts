import type { ActingCommand } from "../command.js";

/** `qsc status`. */
export const statusCommand: ActingCommand = {
  kind: "acts",
  name: "status",
  summary: "The status of the unit, and whether all signs agree. Exit 0 they do, 2 not",
  options: {},
  examples: [
    ["$0 status", "phase, margins, the end of the watch, and whether all signs agree"],
    ["$0 status --json | grep '\"phase\"'", "only the phase, for a script"],
  ],
  report: "none",
  onlyAsks: true,
  run: async ({ context }) => {
    const { status } = await import("@qsc/rollout");
    return status(context);
  },
};
