import type { EventSource, Gap } from "@qsc/stream-reader";

/**
 * What was lost of the telemetry that is judged, a sentence each. Entries that were deleted before the cutover are missing
 * from what it is compared with alone; whatever else was found there concerns the stream as a whole.
 * @param before the gaps that were known when the range itself had not been read yet
 * @param ofParts what readers of its parts have lost
 */
export function gapsOf(source: EventSource, before: readonly Gap[], ofParts: readonly string[]): readonly string[] {
  // The same objects: one that was found again in the range is another.
  const ofOthers = new Set(before.filter(({ kind }) => kind === "deleted"));
  const found = source.gaps().filter((gap) => !ofOthers.has(gap));
  return [...new Set([...found.map(({ detail }) => detail), ...ofParts])];
}
