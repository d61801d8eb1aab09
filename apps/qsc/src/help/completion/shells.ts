import type { DescribedCommand } from "../described.js";
import { bashCompletion } from "./bash.js";
import { fishCompletion } from "./fish.js";
import type { Shell } from "./names.js";
import { zshCompletion } from "./zsh.js";

/** What makes the completion for each shell. */
export const COMPLETIONS: Readonly<Record<Shell, (commands: readonly DescribedCommand[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};
