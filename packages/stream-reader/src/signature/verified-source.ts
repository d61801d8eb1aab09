import type { EventReader, EventSource, SourceItem } from "../ports/source.js";
import type { Verifier } from "./verify-entry.js";

/** A reader that gives an entry only if its signature is right, and otherwise a rejection. */
export function verifiedReader(reader: EventReader, verifier: Verifier): EventReader {
  return {
    ordering: reader.ordering,
    pages: (range, order, limit) => verifiedPages(reader.pages(range, order, limit), verifier),
    gaps: () => reader.gaps(),
    close: () => reader.close(),
    [Symbol.asyncDispose]: () => reader.close(),
  };
}

/** The same for a source. */
export function verifiedSource(source: EventSource, verifier: Verifier): EventSource {
  return {
    ...verifiedReader(source, verifier),
    label: source.label,
    stream: source.stream,
    live: source.live,
    verifies: true,
    state: () => source.state(),
    ...(source.parts === undefined
      ? {}
      : { parts: async (range, count, leastEntries) => (await source.parts?.(range, count, leastEntries)) ?? null }),
    ...(source.mark === undefined ? {} : { mark: () => source.mark?.() ?? null }),
    follow: (after, options) => verifiedPages(source.follow(after, options), verifier),
  };
}

async function* verifiedPages(
  pages: AsyncIterable<readonly SourceItem[]>,
  verifier: Verifier,
): AsyncGenerator<readonly SourceItem[]> {
  for await (const page of pages) yield page.map((item) => (item.kind === "entry" ? (verifier(item) ?? item) : item));
}
