import { parseDuration } from "@qsc/contract";
import type { Options } from "yargs";
import { type Flags, textOr } from "../command.js";

/** The option of every command that waits for the proof of a new process. */
export const PROOF_OPTION: Readonly<Record<string, Options>> = {
  "proof-timeout": { type: "string", description: "Longest wait for the new process's first decision [30s]" },
};

/** The longest wait for a new process's first decision, in milliseconds. */
export function proofMs(flags: Flags): number {
  return parseDuration(textOr(flags, "proof-timeout", "30s"), "--proof-timeout");
}
