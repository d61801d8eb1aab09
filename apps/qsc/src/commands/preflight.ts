import { resolve } from "node:path";
import { type ActingCommand, textOr } from "../command.js";

/** `qsc preflight`. */
export const preflightCommand: ActingCommand = {
  kind: "acts",
  name: "preflight",
  summary: "Is everything there that a canary needs? Exit 0 ready, 2 not",
  options: {
    repo: { type: "string", description: "The git checkout that the unit runs from; or none [.]" },
  },
  settings: ["requiredEnvironment"],
  examples: [
    ["$0 preflight --repo /opt/quantum/engine", "every prerequisite, and what to do if one is missing"],
    ["$0 preflight --repo none --required-environment none", "an engine without a checkout or required variables"],
  ],
  report: "none",
  onlyAsks: true,
  leavesWorkdir: true,
  run: async ({ context, settings, flags, onStep }) => {
    const [{ parseRequiredEnvironment, preflight }, { workingCopy }] = await Promise.all([
      import("@qsc/rollout"),
      import("@qsc/systemd"),
    ]);
    const repo = textOr(flags, "repo", ".");
    return preflight(context, {
      repository: repo === "none" ? null : workingCopy(resolve(repo)),
      nodeVersion: process.versions.node,
      requiredEnvironment: parseRequiredEnvironment(settings.requiredEnvironment),
      onStep,
    });
  },
};
