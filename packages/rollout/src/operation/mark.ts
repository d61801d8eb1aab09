import { asQscError, compareIds, idTime, MAX_ID, MIN_ID, type EntryId, type ShardsMark } from "@qsc/contract";
import { readItem, type EventSource } from "@qsc/stream-reader";
import { readNewest } from "../judge/newest.js";
import { MARK_MS } from "./bounds.js";
import { unlessInterrupted } from "../host/interrupted.js";
import type { OperationContext } from "./context.js";

/** The number of entries that show who publishes, and how often. */
const ENTRIES = 100;

/** Where a stream ended at one moment, and who had published to it. */
export interface Mark {
  /** The newest ID; if the stream did not exist, an ID before all others. */
  readonly after: EntryId;
  /** Where each shard of a stream ended; null for one stream, of which `after` says it. */
  readonly shards: ShardsMark | null;
  /** The processes of the newest decisions, by their boot IDs. */
  readonly boots: ReadonlySet<string>;
  /** The longest mean time between two decisions of one process, in milliseconds; null if no process made two. */
  readonly gapMs: number | null;
}

/** The mark of a stream that does not exist yet. */
const BEGINNING: Mark = { after: MIN_ID, shards: null, boots: new Set(), gapMs: null };

/**
 * Where the telemetry ends now: what comes after is new, whatever any clock shows. Null if that cannot be read quickly.
 * Never rejects, so that a dead server does not delay a restart.
 */
export async function markOf(context: OperationContext): Promise<Mark | null> {
  const late = new AbortController();
  const done = new AbortController();
  void context.clock.sleep(MARK_MS, done.signal).then(() => {
    late.abort();
  });
  try {
    return await unlessInterrupted(readMark(context), late.signal);
  } catch (thrown) {
    return asQscError(thrown).code === "source_missing" ? BEGINNING : null;
  } finally {
    done.abort();
  }
}

async function readMark({ openSource }: OperationContext): Promise<Mark> {
  await using source = await openSource();
  return await markIn(source);
}

/** Where this source ends now. @throws QscError `source_...` if it cannot be read */
export async function markIn(source: EventSource): Promise<Mark> {
  const { endId, lastId } = await source.state();
  let after: EntryId = endId ?? lastId ?? MIN_ID;
  const times = new Map<string, number[]>();
  const { entries } = await readNewest(
    source,
    { from: MIN_ID, to: MAX_ID },
    ENTRIES,
    (item) => item,
    () => undefined,
  );
  for (const item of entries) {
    if (item.id !== null && compareIds(item.id, after) > 0) after = item.id;
    const read = readItem(item);
    if (read.kind === "rejected" || read.engine === null) continue;
    const { bootId } = read.engine;
    times.set(bootId, [...(times.get(bootId) ?? []), idTime(read.id)]);
  }
  const gaps = [...times.values()].filter(({ length }) => length > 1).map(meanGap);
  const mark = source.mark?.() ?? null;
  const shards = mark?.kind === "shards" ? mark : null;
  return { after, shards, boots: new Set(times.keys()), gapMs: gaps.length === 0 ? null : Math.max(...gaps) };
}

function meanGap(times: readonly number[]): number {
  return (Math.max(...times) - Math.min(...times)) / (times.length - 1);
}
