import { distance } from "fastest-levenshtein";

/** At most this many letters differ between a word and its misspelling. */
const MOST = 3;

/** The known word that a misspelt one comes nearest to; null where none is near: a third of its letters may differ. */
export function nearestWord(word: string, known: readonly string[]): string | null {
  const near = known
    .map((each) => ({ each, away: distance(word.toLowerCase(), each.toLowerCase()) }))
    .filter(({ each, away }) => away <= Math.min(MOST, Math.ceil(each.length / 3)))
    .toSorted((one, other) => one.away - other.away);
  return near[0]?.each ?? null;
}
