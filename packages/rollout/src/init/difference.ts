import { inertText } from "@qsc/contract";

/** What a person is shown of a line. */
const SHOWN = 80;

/** Where two texts first differ, as the end of a sentence. */
export function firstDifference(there: string, wanted: string): string {
  const [old, fresh] = [there.split("\n"), wanted.split("\n")];
  const at = Array.from({ length: Math.max(old.length, fresh.length) }, (_, index) => index).find((index) => old[index] !== fresh[index]) ?? 0;
  return `line ${at + 1} is ${shown(old[at])}, and would be ${shown(fresh[at])}`;
}

function shown(line: string | undefined): string {
  if (line === undefined) return "not there";
  const text = inertText(line);
  return `'${text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text}'`;
}
