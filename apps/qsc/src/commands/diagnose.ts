import { type JudgingCommand, text } from "../command.js";

/** `qsc diagnose`. */
export const diagnoseCommand: JudgingCommand = {
  kind: "judges",
  name: "diagnose",
  summary: "Why does a model fail, and what next? Exit 0 when the diagnosis was made",
  options: {
    model: { type: "string", description: "Diagnose this model alone; without it, all" },
  },
  examples: [
    ["$0 diagnose --after 2026-01-11T08:30:00Z", "all models since the restart, against before it"],
    ["$0 diagnose --model patchtst", "one model"],
  ],
  run: async ({ source, window, setting, flags }) => {
    const { diagnose } = await import("@qsc/rollout");
    return diagnose(source, { ...window, model: text(flags, "model") }, setting);
  },
};
