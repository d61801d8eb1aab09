import type { Notice } from "../notice/notice.js";

/** A notice that waits for a channel, and how many earlier ones of its subject it stands for. */
export interface WaitingNotice {
  readonly notice: Notice;
  readonly folded: number;
}

/** At most this many notices of one subject wait behind the first of the queue, which may be on its way. */
const MOST_OF_SUBJECT = 2;

/**
 * Appends a notice. A subject that begins and ends again and again, such as a channel that flaps while this one is down,
 * does not fill the queue: what waits of it is a beginning and an end, which are dropped together once something newer
 * comes, so that the newest word is always told. How many were dropped is counted.
 */
export function enqueue(queue: WaitingNotice[], notice: Notice): void {
  const earlier = queue.slice(1).filter((waiting) => waiting.notice.subject === notice.subject);
  if (earlier.length < MOST_OF_SUBJECT) {
    queue.push({ notice, folded: 0 });
    return;
  }
  for (const each of earlier) queue.splice(queue.indexOf(each), 1);
  queue.push({ notice, folded: earlier.reduce((sum, { folded }) => sum + folded + 1, 0) });
}

/** What is sent: the notice, and how many it stands for. */
export function toldNotice({ notice, folded }: WaitingNotice): Notice {
  if (folded === 0) return notice;
  const words = ` ${folded} earlier notices of the same kind, which waited for this channel, are left out.`;
  return { ...notice, done: `${notice.done}${words}` };
}
