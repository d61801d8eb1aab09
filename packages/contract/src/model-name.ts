import { inertText } from "./inert.js";

const NAME = /^[\p{L}\p{N}][\p{L}\p{N}._:/@+-]{0,127}$/u;
/** A message repeats at most this many characters of a name. */
const SHOWN = 40;
const LONGEST = 128;
const RULE = "is a letter or digit, then at most 127 letters, digits or ._:/@+-";

/**
 * Why a text cannot be a model's name; null when it can. A name is a letter or digit followed by at most 127
 * harmless characters, in the Unicode normal form NFC, so that two names that look alike are the same name. The
 * words continue a sentence after the name: `has a space: ...`.
 */
export function modelNameFault(name: string): string | null {
  // Check NFC first: in a decomposed text the rule would complain about the combining accents.
  if (name.normalize("NFC") !== name) {
    return "is in another Unicode normal form than NFC, so that it looks like a different name: write it in NFC, in the engine and everywhere else";
  }
  if (NAME.test(name)) return null;
  if (name === "") return `is empty: a model's name ${RULE}`;
  if (name.length > LONGEST) return `is ${name.length} characters long; ${LONGEST} are read`;
  const better = name.trim().replace(/\s+/gu, "_");
  if (/\s/u.test(name)) {
    return `has a space in it: a model's name ${RULE}${NAME.test(better) ? `; call it ${better.slice(0, SHOWN)}` : ""}`;
  }
  const odd =
    [...name].find((character, at) => !(at === 0 ? /[\p{L}\p{N}]/u : /[\p{L}\p{N}._:/@+-]/u).test(character)) ?? "";
  return `has '${inertText(odd)}' in it: a model's name ${RULE}`;
}
