import type { EventSource, Gap } from "@qsc/stream-reader";

/**
 * What was lost of the judged telemetry, one sentence each. Losses among earlier entries are left out: they only make
 * the comparison incomplete, and are reported with it.
 * @param ofEarlier the gaps found while earlier entries were read
 * @param ofParts what readers of parts of the range have lost
 */
export function gapsOf(
  source: Pick<EventSource, "gaps">,
  ofEarlier: readonly Gap[],
  ofParts: readonly string[],
): readonly string[] {
  // Compared by identity: a gap that is found again in the judged range is another object.
  const ofOthers = new Set(ofEarlier);
  const found = source.gaps().filter((gap) => !ofOthers.has(gap));
  return [...new Set([...found.map(({ detail }) => detail), ...ofParts])];
}
