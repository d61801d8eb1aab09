import { createInterface } from "node:readline/promises";
import { inertText } from "@qsc/contract";
import type { Io } from "./io.js";

/**
 * Asks a person a yes-or-no question on the terminal; null without a terminal. Any answer but `y` or `yes` means no.
 */
export function asker({ interactive }: Io): ((question: string) => Promise<boolean>) | null {
  if (!interactive || !process.stdin.isTTY) return null;
  return async (question) => {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    try {
      const answer = await terminal.question(`${inertText(question)} [y/N] `);
      return /^y(?:es)?$/i.test(answer.trim());
    } finally {
      terminal.close();
    }
  };
}
