/** The shells that have a completion of `qsc`. */
export const SHELL_NAMES = ["bash", "zsh", "fish"] as const;

/** One of them. */
export type Shell = (typeof SHELL_NAMES)[number];
