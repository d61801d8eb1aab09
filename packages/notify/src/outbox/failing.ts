import { iso } from "@qsc/contract";
import { ownNotice } from "../notice/compose.js";
import type { NoticeEvent } from "../notice/events.js";
import type { Notice } from "../notice/notice.js";
import { DeliveryError } from "../channels/channel.js";
import type { Cursor } from "./cursor.js";
import type { Attempt } from "./send-in-order.js";
import { enqueue, type WaitingNotice } from "./folding.js";
import type { Source } from "./notices-of.js";

/** A channel as the others see it. */
export interface Neighbour {
  readonly name: string;
  readonly events: ReadonlySet<NoticeEvent>;
  readonly extra: WaitingNotice[];
  /** As it was at the start. */
  readonly cursor: Pick<Cursor, "failing">;
}

/** How long a channel has to fail before the others tell of it, in milliseconds. */
const FAILING_MS = 60_000;

/**
 * Tells the other channels of one that fails, once, and of its recovery. What was told is kept in memory: after a
 * restart, a channel that still fails is told of again, with the same key, and one that had failed for long enough to be
 * told of is told of when it recovers, so that no incident stays open.
 */
export function neighbourWatch(source: Source, neighbours: readonly Neighbour[], wake: () => void) {
  const told = new Map<string, string>();
  const before = new Map(
    neighbours.flatMap(({ name, cursor: { failing } }) =>
      failing !== null && isLong(failing.since, source.now()) ? [[name, failing.since] as const] : [],
    ),
  );
  const tell = (
    event: NoticeEvent,
    channel: string,
    words: Pick<Notice, "title" | "why" | "done" | "next">,
    since: string,
  ) => {
    const { unit, host, now } = source;
    const notice = ownNotice(event, {
      ...words,
      at: iso(now()),
      unit,
      host,
      identity: { channel, since },
      subject: channel,
    });
    for (const { name, events, extra } of neighbours) if (name !== channel && events.has(event)) enqueue(extra, notice);
    wake();
  };
  return ({ cursor: { channel, failing }, outcome }: Attempt): void => {
    const since = told.get(channel);
    if (failing !== null && outcome instanceof DeliveryError) {
      if (since !== undefined || !isLong(failing.since, source.now())) return;
      told.set(channel, failing.since);
      const words = {
        title: `Notifications to channel ${channel} fail`,
        why: failing.said,
        done: `It was tried ${failing.attempts} times since ${failing.since}. Its messages wait, and none is dropped.`,
        next: `Fix the channel, and check it: qsc notify test ${channel}`,
      };
      tell("channel_failing", channel, words, failing.since);
    } else {
      const begun = since ?? before.get(channel);
      told.delete(channel);
      before.delete(channel);
      if (begun === undefined) return;
      const words = {
        title: `Channel ${channel} accepts notifications again`,
        why: null,
        done: "The messages that waited are being sent, in their order.",
        next: "Nothing.",
      };
      tell("channel_recovered", channel, words, begun);
    }
  };
}

/** Written so that a time that cannot be read is long ago. */
function isLong(since: string, now: number): boolean {
  return !(now - Date.parse(since) < FAILING_MS);
}
