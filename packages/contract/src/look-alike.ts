/** The first of `others` that is the same text in another Unicode normal form; null when none is. */
export function lookAlike(text: string, others: Iterable<string>): string | null {
  const composed = text.normalize("NFC");
  for (const other of others) if (other !== text && other.normalize("NFC") === composed) return other;
  return null;
}
