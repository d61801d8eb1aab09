import { QscError } from "@qsc/contract";
import { type PrintingCommand, text } from "../command.js";
import { SHELL_NAMES } from "../help/completion/names.js";

/** `qsc completion`. */
export const completionCommand: PrintingCommand = {
  kind: "prints",
  name: "completion",
  summary: "Print the completion of qsc for a shell. Exit 0",
  positional: { name: "shell", choices: SHELL_NAMES, description: "The shell" },
  options: {},
  examples: [
    ["$0 completion bash > ~/.local/share/bash-completion/completions/qsc", "for every bash that starts after this"],
    ["$0 completion fish | source", "for this fish"],
  ],
  print: async (flags, commands) => {
    const [{ COMPLETIONS }, { described }] = await Promise.all([
      import("../help/completion/shells.js"),
      import("../help/described.js"),
    ]);
    const shell = SHELL_NAMES.find((name) => name === text(flags, "shell"));
    if (shell === undefined) throw new QscError("usage", `Name a shell: ${SHELL_NAMES.join(", ")}.`);
    return COMPLETIONS[shell](described(commands));
  },
};
