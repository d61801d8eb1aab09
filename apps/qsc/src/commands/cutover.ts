import type { ActingCommand } from "../command.js";

/** `qsc cutover`. */
export const cutoverCommand: ActingCommand = {
  kind: "acts",
  name: "cutover",
  summary: "When did the unit's process start? ISO 8601 UTC, for --after and --cutover",
  options: {},
  examples: [
    ["CUTOVER=$($0 cutover)", "prints the time and nothing else"],
    ["$0 cutover --verbose", "with the unit, and which manager was asked"],
  ],
  report: "none",
  onlyAsks: true,
  answer: (document) => ("cutover" in document ? document.cutover : null),
  run: async ({ context }) => {
    const { cutover } = await import("@qsc/rollout");
    return cutover(context);
  },
};
