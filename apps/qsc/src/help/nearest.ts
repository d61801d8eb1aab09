import { distance } from "fastest-levenshtein";

/** The most letters that may differ between a word and its misspelling. */
const MOST = 3;

/** The known word that is closest to a misspelt one; null if none is close: up to a third of its letters may differ. */
export function nearestWord(word: string, known: readonly string[]): string | null {
  const near = known
    .map((each) => ({ each, away: distance(word.toLowerCase(), each.toLowerCase()) }))
    .filter(({ each, away }) => away <= Math.min(MOST, Math.ceil(each.length / 3)))
    .toSorted((one, other) => one.away - other.away);
  return near[0]?.each ?? null;
}
