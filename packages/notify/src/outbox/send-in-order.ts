import { iso } from "@qsc/contract";
import { DeliveryError, type Accepted, type Channel } from "../channels/channel.js";
import type { NotifyFiles } from "../log/files.js";
import { readNext, type AuditLog } from "../log/follow.js";
import type { LogItem } from "../log/parse.js";
import type { Notice } from "../notice/notice.js";
import { BACKOFF, backoffMs, type Backoff } from "./backoff.js";
import { writeCursor, type Cursor } from "./cursor.js";
import { toldNotice, type WaitingNotice } from "./folding.js";

/** What the loop of one channel needs. */
export interface Outbox {
  readonly channel: Channel;
  readonly log: AuditLog;
  readonly files: NotifyFiles;
  /** Where the cursors are. */
  readonly directory: string;
  /** The notices of an item that the channel is told of, in order. */
  readonly noticesOf: (item: LogItem, from: Cursor["position"]) => Promise<readonly Notice[]>;
  /** Notices from elsewhere that wait for this channel, the oldest first; the loop removes those that were accepted. */
  readonly extra: WaitingNotice[];
  readonly now: () => number;
  readonly random: () => number;
  readonly backoff?: Backoff;
  /** Resolves when the log may have changed, after `ms` milliseconds (null: no limit), or when the signal is aborted. */
  readonly wait: (ms: number | null, wakesOnChange: boolean, signal: AbortSignal) => Promise<void>;
  /** Called after each attempt. */
  readonly onAttempt?: (attempt: Attempt) => void;
  /** Called with a sentence about a file that could not be read or written. */
  readonly onTrouble: (sentence: string) => void;
}

/** One attempt to send, and the cursor after it. */
export interface Attempt {
  readonly notice: Notice;
  readonly outcome: Accepted | DeliveryError;
  readonly cursor: Cursor;
}

/** One attempt takes at most this long, in milliseconds. */
const ATTEMPT_MS = 10_000;
/** How long an attempt that is under way may last once the notifier is told to end. */
const GRACE_MS = 2_000;
/** How long to wait before a log that could not be read is read again. */
const TROUBLE_MS = 1_000;

/**
 * Sends what follows a cursor in the log, one message after another, until the signal is aborted.
 *
 * Why nothing is lost: the log itself is the outbox. Its lines are on the disk before this loop sees them, and the
 * cursor moves on, durably, only after the other side has accepted a line's message. A crash at any point repeats at
 * most the messages since the cursor, each with the key it had before. Why one channel never delays another: each has
 * its own loop, its own cursor, and its own view of the log.
 *
 * A message that the other side refuses is tried until it is accepted: what makes it refuse (a revoked token, a wrong
 * address) is fixed by a person, and then everything arrives. If a cursor cannot be written, as on a full disk, messages
 * are still sent; after a restart they are repeated.
 */
export async function sendInOrder(outbox: Outbox, start: Cursor, signal: AbortSignal): Promise<Cursor> {
  let cursor = start;
  const sent = async (notice: Notice): Promise<boolean> => {
    const { isAccepted, now } = await untilAccepted(outbox, notice, cursor, signal);
    cursor = now;
    return isAccepted;
  };
  while (!signal.aborted) {
    const extra = outbox.extra[0];
    if (extra !== undefined) {
      if (!(await sent(toldNotice(extra)))) break;
      outbox.extra.shift();
      await keep(outbox, cursor);
      continue;
    }
    const item = await next(outbox, cursor, signal);
    if (item === null) continue;
    if (!(await areAllSent(await outbox.noticesOf(item, cursor.position), sent))) break;
    cursor = { ...cursor, position: item.after };
    await keep(outbox, cursor);
  }
  return cursor;
}

async function areAllSent(notices: readonly Notice[], sent: (notice: Notice) => Promise<boolean>): Promise<boolean> {
  for (const notice of notices) if (!(await sent(notice))) return false;
  return true;
}

/** The next item; null after waiting for one. */
async function next(outbox: Outbox, { position }: Cursor, signal: AbortSignal): Promise<LogItem | null> {
  try {
    const item = await readNext(outbox.log, position);
    if (item === null) await outbox.wait(null, true, signal);
    return item;
  } catch (thrown) {
    outbox.onTrouble(`The audit log cannot be read: ${messageOf(thrown)}`);
    await outbox.wait(TROUBLE_MS, false, signal);
    return null;
  }
}

/** Resolves once the notice was accepted, or the signal is aborted. */
async function untilAccepted(
  outbox: Outbox,
  notice: Notice,
  start: Cursor,
  signal: AbortSignal,
): Promise<{ readonly isAccepted: boolean; readonly now: Cursor }> {
  let cursor = start;
  // A function, because the signal changes while something is awaited.
  const isEnded = (): boolean => signal.aborted;
  for (;;) {
    const outcome = await attempt(outbox.channel, notice, signal);
    const at = iso(outbox.now());
    if (!(outcome instanceof DeliveryError)) {
      cursor = { ...cursor, failing: null, acceptedAt: at };
      outbox.onAttempt?.({ notice, outcome, cursor });
      return { isAccepted: true, now: cursor };
    }
    // One that was cut short says nothing about the channel.
    if (isEnded()) return { isAccepted: false, now: cursor };
    const { since, attempts } = cursor.failing ?? { since: at, attempts: 0 };
    cursor = { ...cursor, failing: { since, attempts: attempts + 1, said: outcome.message } };
    outbox.onAttempt?.({ notice, outcome, cursor });
    await keep(outbox, cursor);
    const ms = backoffMs(attempts + 1, outcome.retryAfterMs, outbox.random(), outbox.backoff ?? BACKOFF);
    await outbox.wait(ms, false, signal);
    if (isEnded()) return { isAccepted: false, now: cursor };
  }
}

/** Sends once. Never throws, and ends in time whatever the channel does. */
export async function attempt(
  channel: Channel,
  notice: Notice,
  signal: AbortSignal,
): Promise<Accepted | DeliveryError> {
  const end = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let stop = (): void => undefined;
  const ended = new Promise<DeliveryError>((resolve) => {
    const fail = (why: string): void => {
      resolve(new DeliveryError(why));
      end.abort();
    };
    timer = setTimeout(fail, ATTEMPT_MS, `no answer within ${ATTEMPT_MS / 1000} s`);
    // The other side may have accepted it already: its answer saves a repetition.
    stop = () => {
      clearTimeout(timer);
      timer = setTimeout(fail, GRACE_MS, "interrupted");
    };
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop);
  });
  const sent = channel
    .send(notice, end.signal)
    .catch((thrown: unknown) => (thrown instanceof DeliveryError ? thrown : new DeliveryError(messageOf(thrown))));
  try {
    return await Promise.race([sent, ended]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}

async function keep({ files, directory, onTrouble }: Outbox, cursor: Cursor): Promise<void> {
  try {
    await writeCursor(files, directory, cursor);
  } catch (thrown) {
    onTrouble(
      `The cursor of channel ${cursor.channel} was not written, so that a restart repeats messages: ${messageOf(thrown)}`,
    );
  }
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
