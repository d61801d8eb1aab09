import { asQscError, compareIds, idTime, MAX_ID, MIN_ID, QscError, type EntryId } from "@qsc/contract";
import { decodeFeatures, openSource, type EventSource, type SourceItem, type TlsFiles } from "@qsc/stream-reader";
import type { Settings } from "../settings/settings.js";
import { patiently } from "./patiently.js";
import type { Feed, FeedItem, FeedRow, History } from "./port.js";

export interface StreamFeedOptions extends Pick<Settings, "featureStream" | "featureStart" | "featureFollow"> {
  readonly url: string;
  /** Rows up to this ID are from before the start, if the feed is still empty and cannot say so itself. */
  readonly before: EntryId;
  /** The TLS files; empty if the source has none. */
  readonly files: TlsFiles;
  /** Called with the error when the source cannot be read at the moment, and with null when it can again. */
  readonly onOutage: (error: QscError | null) => void;
}

/** How many entries are read for a warm-up, per wanted row: symbols beyond this number begin without a history. */
const SYMBOLS_WARMED_UP = 256;

/**
 * A Redis Stream or event log of features. Started at `latest`, it begins after the rows that are there, and warms up
 * the models with the newest of them. A followed feed may not exist yet: then nothing warms up, and it is read from its
 * beginning.
 * @throws QscError, every `source_...` code, if the source cannot be opened.
 */
export async function streamFeed(options: StreamFeedOptions): Promise<Feed> {
  const { url, featureStream: stream, featureFollow: follow, files, onOutage, before } = options;
  const nothing: History = { rows: [], until: before };
  const source = await openSource(url, { stream, follow, ...files });
  const label = source.stream === null ? source.label : `${source.label} ${source.stream}`;
  let start: EntryId = MIN_ID;
  return {
    label,
    live: follow,
    async warmUp(perSymbol, signal) {
      if (options.featureStart === "beginning") return nothing;
      const read = (): Promise<Newest | QscError> =>
        ifThere(readNewest(source, perSymbol * SYMBOLS_WARMED_UP, signal), follow);
      const newest = await patiently(read, { place: label, follow, onOutage, signal });
      if (newest === null) return nothing;
      if (newest instanceof QscError) {
        onOutage(newest);
        return nothing;
      }
      start = newest.lastId;
      return { rows: newest.rows, until: start === MIN_ID ? before : start };
    },
    async *rows(signal) {
      const pages = follow
        ? source.follow(start, {
            signal,
            onOutage: (error) => {
              onOutage(error === null ? null : asQscError(error));
            },
          })
        : source.pages({ from: start, to: MAX_ID });
      for await (const page of pages) {
        if (signal.aborted) return;
        yield page.map(itemOf);
      }
    },
    gaps: () => source.gaps(),
    close: () => source.close(),
  };
}

interface Newest {
  readonly rows: readonly FeedRow[];
  readonly lastId: EntryId;
}

/** What was read; or, if the stream will be followed, the error that it does not exist. */
async function ifThere(reading: Promise<Newest>, follow: boolean): Promise<Newest | QscError> {
  try {
    return await reading;
  } catch (thrown) {
    const error = asQscError(thrown);
    if (follow && error.code === "source_missing") return error;
    throw error;
  }
}

/** The newest `count` rows, oldest first, and the largest ID in the source. */
async function readNewest(source: EventSource, count: number, signal: AbortSignal): Promise<Newest> {
  const found: { readonly id: EntryId; readonly row: FeedRow | null }[] = [];
  let lastId: EntryId = MIN_ID;
  for await (const page of source.pages({ from: MIN_ID, to: MAX_ID }, "newest-first")) {
    if (signal.aborted) break;
    for (const item of page) {
      if (item.id === null) continue;
      if (compareIds(item.id, lastId) > 0) lastId = item.id;
      const read = itemOf(item);
      found.push({ id: item.id, row: read.kind === "row" ? read : null });
    }
    if (source.ordering === "by-id" && found.length >= count) break;
    if (found.length > 4 * count) keepNewest(found, count);
  }
  keepNewest(found, count);
  return { rows: found.flatMap(({ row }) => (row === null ? [] : [row])), lastId };
}

/** Sorts by ID, whatever the order of writing, and drops all but the newest. */
function keepNewest(found: { readonly id: EntryId }[], count: number): void {
  found.sort((a, b) => compareIds(a.id, b.id));
  found.splice(0, Math.max(0, found.length - count));
}

function itemOf(item: SourceItem): FeedItem {
  if (item.kind === "rejected") return item;
  const observation = decodeFeatures(item);
  if (observation.kind === "rejected") return observation;
  const features = Object.create(null) as Record<string, number | string>;
  for (const [name, value] of observation.values) features[name] = typeof value === "number" ? value : value.invalid;
  const { id, symbol } = observation;
  return { kind: "row", id, symbol, features, timeMs: idTime(id) };
}
