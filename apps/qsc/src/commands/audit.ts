import type { ActingCommand } from "../command.js";

/** `qsc audit verify`. */
export const auditCommand: ActingCommand = {
  kind: "acts",
  name: "audit",
  positional: { name: "action", choices: ["verify"], description: "verify: check the chain of the log" },
  summary: "Is the audit log unchanged and complete? Exit 0 yes, 2 not",
  options: {},
  examples: [
    ["$0 audit verify", "is the log unchanged? Names the first line that is not"],
    ["$0 audit verify --workdir /var/lib/qsc --json", "the same check from any directory, for a script"],
  ],
  report: "none",
  onlyAsks: true,
  run: async ({ context }) => {
    const { verifyAudit } = await import("@qsc/rollout");
    return verifyAudit(context);
  },
};
