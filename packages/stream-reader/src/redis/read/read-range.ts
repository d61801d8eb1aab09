import type { EntryId } from "@qsc/contract";
import type { IdRange, SourceItem } from "../../ports/source.js";
import { beyond, type RedisConnection } from "../connection.js";
import { PageSize } from "../../ports/page-size.js";
import type { FetchedPage } from "./range-watch.js";
import type { ReplyPage } from "../resp/reply-page.js";
import type { StreamInfo } from "./stream-info.js";

export type Order = "oldest-first" | "newest-first";

interface Fetched extends FetchedPage {
  readonly page: ReplyPage;
}

/**
 * The entries of a range, page by page. While the caller uses one page, the next is fetched, but no more. `start` is
 * the stream when reading began; `check` sees every page as soon as it is fetched, before it is given out.
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
    const { page, ids, last }: Fetched = await next;
    size.learn(page.largest);
    next = last ? null : fetch(ids.at(-1) ?? null);
    // A reader that leaves early never awaits it. One that continues still gets the error.
    next?.catch(() => undefined);
    if (ids.length > 0) yield page.items();
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
  // Both are sent at once; the server answers in this order.
  const [page, info] = await Promise.all([asked, connection.info()]);
  const { ids } = page;
  return { page, ids, info, last: ids.length < count };
}
