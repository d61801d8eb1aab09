import type { ActingCommand } from "../command.js";

/** `qsc cutover`. */
export const cutoverCommand: ActingCommand = {
  kind: "acts",
  name: "cutover",
  summary: "When did the unit's process start? ISO 8601 UTC, for --after and --cutover",
  options: {},
  examples: [["$0 cutover --json", "for a script"]],
  report: "none",
  run: async ({ world }) => {
    const { cutover } = await import("@qsc/rollout");
    return cutover(world);
  },
};
