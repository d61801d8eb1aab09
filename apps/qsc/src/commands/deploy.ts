import { resolve } from "node:path";
import { type ActingCommand, text, textOr } from "../command.js";
import { PROOF_OPTION, proofMs } from "./proof.js";
import { HEARTBEAT_OPTION } from "../heartbeat.js";

/** `qsc deploy`. */
export const deployCommand: ActingCommand = {
  kind: "acts",
  name: "deploy",
  summary: "Check out a commit, restart the engine, prove that it runs. Exit 0 proven, 2 not",
  options: {
    commit: { type: "string", demandOption: "name the commit with --commit", description: "SHA of the commit" },
    repo: { type: "string", description: "The git checkout that the unit runs from [.]" },
    build: {
      type: "string",
      description: "A command line to run in the checkout before the start, such as 'npm ci && npm run build'",
    },
    ...PROOF_OPTION,
    ...HEARTBEAT_OPTION,
  },
  examples: [
    ["$0 deploy --commit d13e87bd --repo /opt/quantum/engine", "a commit that is not proven is undone"],
    [
      "$0 deploy --commit d13e87bd --build 'npm ci && npm run build'",
      "with a build, in the current directory's checkout",
    ],
  ],
  report: "kept",
  run: async ({ context, flags, signal, onStep }) => {
    const [{ deploy }, { workingCopy }] = await Promise.all([import("@qsc/rollout"), import("@qsc/systemd")]);
    return deploy(context, {
      repository: workingCopy(resolve(textOr(flags, "repo", "."))),
      commit: textOr(flags, "commit", ""),
      build: text(flags, "build"),
      proofMs: proofMs(flags),
      signal,
      onStep,
    });
  },
};
