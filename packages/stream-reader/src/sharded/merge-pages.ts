import { compareIds, MIN_ID } from "@qsc/contract";
import type { SourceItem } from "../ports/source.js";

const PAGE_ITEMS = 500;

type Pages = AsyncIterator<readonly SourceItem[]>;

/** The page that a shard has given last, and how much of it has been passed on. */
interface Open {
  readonly pages: Pages;
  items: readonly SourceItem[];
  next: number;
}

/**
 * The items of several readings in one order; each reading is already in it. All are begun at once. One that fails ends
 * them all.
 */
export async function* mergePages(
  readings: readonly AsyncIterable<readonly SourceItem[]>[],
  order: "oldest-first" | "newest-first",
  limit: number,
): AsyncGenerator<readonly SourceItem[]> {
  const all: readonly Open[] = readings.map((reading) => ({
    pages: reading[Symbol.asyncIterator](),
    items: [],
    next: 0,
  }));
  const isBefore = (a: Open, b: Open): boolean => {
    const difference = compareIds(idOf(a), idOf(b));
    return order === "oldest-first" ? difference < 0 : difference > 0;
  };
  try {
    const begun = await Promise.all(all.map(hasNext));
    // In the order of their next items.
    const open = all.filter((_, at) => begun[at]).sort((a, b) => (isBefore(a, b) ? -1 : 1));
    let page: SourceItem[] = [];
    for (let given = 0; open.length > 0 && given < limit; given += 1) {
      const first = open.shift();
      const item = first?.items[first.next];
      if (first === undefined || item === undefined) break;
      first.next += 1;
      page.push(item);
      if (page.length >= PAGE_ITEMS) {
        yield page;
        page = [];
      }
      if (given + 1 >= limit) break;
      // A wait for each entry would cost more than reading it.
      if (first.next < first.items.length || (await hasNext(first)))
        open.splice(placeOf(first, open, isBefore), 0, first);
    }
    if (page.length > 0) yield page;
  } finally {
    await Promise.allSettled(all.map(async ({ pages }) => pages.return?.()));
  }
}

/** Whether it has a next item, which is read if need be. */
async function hasNext(open: Open): Promise<boolean> {
  while (open.next >= open.items.length) {
    const result = await open.pages.next();
    if (result.done === true) return false;
    open.items = result.value;
    open.next = 0;
  }
  return true;
}

/** Entries of a stream always have an ID. */
function idOf({ items, next }: Open): NonNullable<SourceItem["id"]> {
  return items[next]?.id ?? MIN_ID;
}

function placeOf(one: Open, open: readonly Open[], isBefore: (a: Open, b: Open) => boolean): number {
  let low = 0;
  for (let high = open.length; low < high;) {
    const middle = (low + high) >>> 1;
    const other = open[middle];
    if (other !== undefined && isBefore(other, one)) low = middle + 1;
    else high = middle;
  }
  return low;
}
