import type { EntryId } from "@qsc/contract";
import type { IdRange, SourceItem } from "../port.js";
import { beyond, type RedisConnection } from "./connection.js";
import { itemOf, replyId, type ReplyEntry } from "./entry.js";
import { PageSize } from "./page-size.js";
import type { FetchedPage } from "./range-watch.js";
import type { StreamInfo } from "./stream-info.js";

export type Order = "oldest-first" | "newest-first";

interface Fetched extends FetchedPage {
  readonly entries: readonly ReplyEntry[];
}

/**
 * The entries of a range, page by page. While one page is consumed, the next one is fetched and
 * no more. `start` is the stream when reading began; `check` sees every page as soon as it is fetched, and before it is given out.
 */
export async function* readRange(
  connection: RedisConnection,
  range: IdRange,
  order: Order,
  start: StreamInfo,
  check: (page: FetchedPage) => void,
): AsyncGenerator<readonly SourceItem[]> {
  const size = new PageSize(start.sampleBytes);
  const fetch = async (cursor: EntryId | null): Promise<Fetched> => {
    const page = await fetchPage(connection, range, order, cursor, size.count);
    check(page);
    return page;
  };
  let next: Promise<Fetched> | null = fetch(null);
  while (next !== null) {
    const page: Fetched = await next;
    size.learn(page.entries);
    next = page.last ? null : fetch(page.ids.at(-1) ?? null);
    // A reader who leaves early never awaits it; for one who goes on, the error is still there.
    next?.catch(() => undefined);
    if (page.entries.length > 0) yield page.entries.map(itemOf);
  }
}

async function fetchPage(
  connection: RedisConnection,
  { from, to }: IdRange,
  order: Order,
  cursor: EntryId | null,
  count: number,
): Promise<Fetched> {
  const bound = cursor === null ? null : beyond(cursor);
  const asked =
    order === "oldest-first"
      ? connection.range(bound ?? from, to, count)
      : connection.reverseRange(from, bound ?? to, count);
  // Both are under way at once; the server answers in this order.
  const [entries, info] = await Promise.all([asked, connection.info()]);
  return {
    entries,
    ids: entries.map(replyId),
    info,
    last: entries.length < count,
  };
}
