import { compareIds, idTime, MAX_ID, MIN_ID, type EntryId, type QscError } from "@qsc/contract";
import { decodeFeatures, openSource, type EventSource, type SourceItem } from "@qsc/stream-reader";
import type { Settings } from "../settings/settings.js";
import type { Feed, FeedItem, FeedRow } from "./port.js";

export interface StreamFeedOptions extends Pick<Settings, "featureStream" | "featureStart" | "featureFollow" | "ca"> {
  readonly url: string;
  /** Told when the source cannot be read for now, and (with null) when it can again. */
  readonly onOutage: (error: Error | null) => void;
}

/** Entries that are looked through for a warm-up, for each row wanted: symbols beyond this many begin without history. */
const SYMBOLS_WARMED_UP = 256;

/**
 * A Redis Stream or journal of features. Started at `latest`, it begins after what is there, and
 * the newest of that warms the models up.
 * @throws QscError, every `source_...` code, when the source cannot be opened.
 */
export async function streamFeed(options: StreamFeedOptions): Promise<Feed> {
  const { url, featureStream: stream, featureFollow: follow, ca } = options;
  const source = await openSource(url, { stream, follow, ...(ca === null ? {} : { ca }) });
  let start: EntryId = MIN_ID;
  return {
    label: source.stream === null ? source.label : `${source.label} ${source.stream}`,
    live: follow,
    async warmUp(perSymbol, signal) {
      if (options.featureStart === "beginning") return [];
      const newest = await readNewest(source, perSymbol * SYMBOLS_WARMED_UP, signal);
      start = newest.lastId;
      return newest.rows;
    },
    async *rows(signal) {
      const pages = follow
        ? source.follow(start, { signal, onOutage: options.onOutage })
        : source.pages({ from: start, to: MAX_ID });
      for await (const page of pages) {
        if (signal.aborted) return;
        yield page.map(itemOf);
      }
    },
    close: () => source.close(),
  };
}

/** Whether an error of `streamFeed` may pass by itself, so that an engine that follows tries again. */
export function mayPass({ code }: QscError): boolean {
  return code === "source_unreachable" || code === "source_missing" || code === "source_timeout";
}

interface Newest {
  readonly rows: readonly FeedRow[];
  readonly lastId: EntryId;
}

/** The newest `count` rows, oldest first, and the largest ID there is. */
async function readNewest(source: EventSource, count: number, signal: AbortSignal): Promise<Newest> {
  const found: { readonly id: EntryId; readonly row: FeedRow | null }[] = [];
  for await (const page of source.pages({ from: MIN_ID, to: MAX_ID }, "newest-first")) {
    if (signal.aborted) break;
    for (const item of page) {
      if (item.id === null) continue;
      const read = itemOf(item);
      found.push({ id: item.id, row: read.kind === "row" ? read : null });
    }
    if (source.ordering === "by-id" && found.length >= count) break;
    if (found.length > 4 * count) keepNewest(found, count);
  }
  keepNewest(found, count);
  return {
    rows: found.flatMap(({ row }) => (row === null ? [] : [row])),
    lastId: found.at(-1)?.id ?? MIN_ID,
  };
}

/** Sorts by ID, whatever the order they were written in, and drops all but the newest. */
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
  return { kind: "row", symbol: observation.symbol, features, timeMs: idTime(observation.id) };
}
