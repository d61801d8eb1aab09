import { asQscError, MIN_ID, QscError, type EntryId } from "@qsc/contract";
import type { EventSink } from "@qsc/stream-reader/sink";
import type { FutureIds } from "../observe/future-ids.js";
import type { OutageLog } from "../observe/outage-log.js";
import { until } from "../until.js";

/** How long a sink may take to tell its last ID before it counts as away, in milliseconds. */
const LAST_ID_MS = 2000;

/**
 * The ID to continue after. A sink that is away has none; when it is back it finds a place for every entry itself. The
 * same applies after an ID from the future: the decisions keep the IDs of their times, for when that ID is moved away.
 */
export async function newestId(
  {
    sink,
    intents,
    futureIds,
  }: { readonly sink: EventSink; readonly intents: OutageLog; readonly futureIds: FutureIds },
  stop: AbortSignal,
): Promise<EntryId> {
  try {
    const last = await until(sink.lastId(), AbortSignal.any([stop, AbortSignal.timeout(LAST_ID_MS)]));
    if (last !== null) return futureIds.see(last) ? MIN_ID : last;
    const sentence = `${sink.label} does not answer; check it, or correct INTENT_SINK.`;
    if (!stop.aborted) intents.tell(new QscError("source_timeout", sentence));
  } catch (thrown) {
    if (!asQscError(thrown).code.startsWith("source_")) throw thrown;
  }
  return MIN_ID;
}
