import { inertText } from "@qsc/contract";

/** The most characters of a line that are shown. */
const SHOWN = 80;

/** How a sentence speaks of the old and the new line. */
export type Tense = readonly [there: string, wanted: string];
const BEFORE: Tense = ["is", "would be"];
export const AFTER: Tense = ["was", "is now"];

/** Where two texts first differ, as the end of a sentence. Passwords in URLs are hidden. */
export function firstDifference(there: string, wanted: string, [is, would]: Tense = BEFORE): string {
  const [old, fresh] = [there.split("\n"), wanted.split("\n")];
  const at =
    Array.from({ length: Math.max(old.length, fresh.length) }, (_, index) => index).find(
      (index) => old[index] !== fresh[index],
    ) ?? 0;
  return `line ${at + 1} ${is} ${shown(old[at])}, and ${would} ${shown(fresh[at])}`;
}

function shown(line: string | undefined): string {
  if (line === undefined) return "not there";
  const text = inertText(withoutSecrets(line));
  return `'${text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text}'`;
}

/** A line without anything that may be a user or password in a URL: either may contain any character. */
function withoutSecrets(line: string): string {
  return line.replace(/\/\/.*@/s, "//***@").replace(/(password=).*/is, "$1***");
}
