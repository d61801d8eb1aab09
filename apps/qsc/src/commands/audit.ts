import { QscError } from "@qsc/contract";
import { text, texts, type ActingCommand } from "../command.js";
import { publicKeysFrom, signingKeyFrom } from "../signature-keys.js";

/** `qsc audit verify` and `qsc audit checkpoint`. */
export const auditCommand: ActingCommand = {
  kind: "acts",
  name: "audit",
  positional: {
    name: "action",
    choices: ["verify", "checkpoint"],
    description: "verify: check the chain of the log; checkpoint: do so, and sign its newest entry",
  },
  summary: "Is the audit log unchanged and complete? Exit 0 yes, 2 not",
  options: {
    "public-key": {
      type: "string",
      completes: "file",
      description: "A key that must have signed the newest checkpoint: a PEM file; can be repeated",
      defaultDescription: "the checkpoint is not looked at",
    },
    "signing-key": {
      type: "string",
      completes: "file",
      description: "Of checkpoint: the private key, a PEM file that its owner alone may read, Ed25519 or P-256",
    },
    first: {
      type: "boolean",
      default: false,
      description: "Of checkpoint: there has never been one. Without it, a checkpoint that is missing is an error",
    },
  },
  repeatable: ["public-key"],
  examples: [
    ["$0 audit verify", "is the log unchanged? Names the first line that is not"],
    ["$0 audit verify --workdir /var/lib/qsc --json", "the same check from any directory, for a script"],
    ["$0 audit checkpoint --signing-key qsc.key.pem --first", "sign the newest entry for the first time"],
    ["$0 audit checkpoint --signing-key qsc.key.pem", "sign it again later, so that a cut-off end is seen"],
    ["$0 audit verify --public-key qsc.pub.pem", "compare the log with its newest checkpoint, too"],
  ],
  report: "none",
  onlyAsks: true,
  run: async ({ context, flags }) => {
    const { checkpointAudit, verifyAudit } = await import("@qsc/rollout");
    const signingKey = text(flags, "signing-key");
    const isCheckpoint = text(flags, "action") === "checkpoint";
    if (!isCheckpoint && signingKey !== null)
      throw new QscError(
        "usage",
        "--signing-key is an option of qsc audit checkpoint; qsc audit verify signs nothing.",
      );
    const isFirst = flags["first"] === true;
    if (!isCheckpoint && isFirst)
      throw new QscError("usage", "--first is an option of qsc audit checkpoint; qsc audit verify signs nothing.");
    const keys = await publicKeysFrom(texts(flags, "public-key"));
    if (!isCheckpoint) return verifyAudit(context, keys);
    const key = await signingKeyFrom(signingKey, "qsc audit checkpoint");
    return checkpointAudit(context, key, { former: keys, isFirst });
  },
};
