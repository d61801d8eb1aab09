import type { EventSource, Gap } from "@qsc/stream-reader";

/**
 * What was lost of the telemetry that is judged, a sentence each. What is missing of the entries before it makes the comparison
 * with them incomplete, and is said there.
 * @param ofEarlier the gaps found while those were read
 * @param ofParts what readers of parts of the range have lost
 */
export function gapsOf(source: Pick<EventSource, "gaps">, ofEarlier: readonly Gap[], ofParts: readonly string[]): readonly string[] {
  // The same objects: one that is found again in the range is another.
  const ofOthers = new Set(ofEarlier);
  const found = source.gaps().filter((gap) => !ofOthers.has(gap));
  return [...new Set([...found.map(({ detail }) => detail), ...ofParts])];
}
