import { QscError } from "@qsc/contract";
import { type Flags, text } from "../command.js";

/** The number of newest entries that a watch judges, from `--window`; null if it is not given. */
export function givenWindow(flags: Flags): number | null {
  const given = text(flags, "window");
  if (given === null) return null;
  const entries = /^\d+$/.test(given) ? Number(given) : Number.NaN;
  if (entries >= 1 && entries <= 1_000_000) return entries;
  throw new QscError(
    "usage",
    `--window '${given}' is not a count of entries; write a whole number from 1 to 1000000, such as 2000.`,
  );
}
