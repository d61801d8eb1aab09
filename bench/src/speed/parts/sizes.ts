/** A number of events, for a person to read. */
export function thousands(events: number): string {
  return events.toLocaleString("en-US");
}

/** The sizes of the streams. */
export function sizesOf(quick: boolean): readonly number[] {
  return quick ? [2000, 20_000, 100_000] : [2000, 100_000, 1_000_000];
}
