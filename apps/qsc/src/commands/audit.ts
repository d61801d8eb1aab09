import type { ActingCommand } from "../command.js";

/** `qsc audit verify`. */
export const auditCommand: ActingCommand = {
  kind: "acts",
  name: "audit",
  positional: { name: "action", choices: ["verify"], description: "verify: check the chain of the log" },
  summary: "Is the audit log as it was written? Exit 0 it is, 2 not",
  options: {},
  examples: [["$0 audit verify", "names the first line that is broken"]],
  report: "none",
  onlyAsks: true,
  run: async ({ world }) => {
    const { verifyAudit } = await import("@qsc/rollout");
    return verifyAudit(world);
  },
};
