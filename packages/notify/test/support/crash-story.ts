import type { AuditEntry } from "@qsc/contract";
import { DeliveryError, type Channel } from "../../src/channels/channel.js";
import { entryReader } from "../../src/log/follow.js";
import { EVENT_NAMES, type NoticeEvent } from "../../src/notice/events.js";
import { removeUnfinished } from "../../src/outbox/cursor.js";
import { noticesOf } from "../../src/outbox/notices-of.js";
import { sendInOrder } from "../../src/outbox/send-in-order.js";
import { startOf } from "../../src/outbox/start.js";
import { type Chain, DETAILS, HOST, lineOf, UNIT } from "./audit.js";
import { filesOf, type Life, type ModelHost } from "./model-host.js";

const LOG = "/var/lib/qsc/logs/qsc_canary.jsonl";
const DIRECTORY = "/var/lib/qsc/data/notify";
const EVENTS: ReadonlySet<NoticeEvent> = new Set(EVENT_NAMES);
const readEntry = await entryReader();

/** What happens to the log and the receiver while the notifier lives. */
export interface Story {
  readonly name: string;
  /** How often the receiver refuses before it accepts a message. */
  readonly refusals: number;
  /** What happens to the log before each life, once the notifier has been ready. */
  readonly between: readonly ((host: ModelHost, chain: Chain) => readonly AuditEntry[])[];
}

const logged = (host: ModelHost, ...entries: readonly AuditEntry[]): readonly AuditEntry[] => {
  for (const entry of entries) host.append(LOG, lineOf(entry));
  return entries;
};

/** The log grows. */
export const grows = (host: ModelHost, chain: Chain): readonly AuditEntry[] =>
  logged(host, chain.next("activate", DETAILS.activate), chain.next("rollback", DETAILS.rollback));

/** The log is rotated by renaming it after a line that may not have been sent. */
export const rotates = (host: ModelHost, chain: Chain): readonly AuditEntry[] => {
  const before = logged(host, chain.next("activate", DETAILS.activate));
  host.rotate(LOG, `${LOG}.${before[0]?.number ?? 0}`);
  return [...before, ...logged(host, chain.next("eligible", DETAILS.eligible))];
};

/** A command dies while it appends a line, and the next one ends that line. */
export const tears = (host: ModelHost, chain: Chain): readonly AuditEntry[] => {
  const torn = `{"version":1,"number":`;
  host.append(LOG, `${torn}\n`);
  return logged(host, chain.next("promote", DETAILS.promote, torn));
};

/** One life of a notifier: until it has nothing to do, or is killed. */
export async function live(
  host: ModelHost,
  life: Life,
  story: Story,
  onReady: () => void,
): Promise<"quiet" | "killed"> {
  const files = filesOf(host, life);
  const log = { files, path: LOG, readEntry };
  const end = new AbortController();
  const source = {
    files,
    path: LOG,
    reports: { directory: "/var/lib/qsc/reports", link: null },
    unit: UNIT,
    host: HOST,
    now: () => 0,
  };
  const running = async (): Promise<"quiet"> => {
    await removeUnfinished(files, DIRECTORY);
    const cursor = await startOf(log, DIRECTORY, { name: "one", kind: "webhook", events: EVENTS });
    onReady();
    await sendInOrder(
      {
        channel: channelTo(host, life, story.refusals),
        log,
        files,
        directory: DIRECTORY,
        noticesOf: (item, from) => noticesOf(source, EVENTS, item, from),
        extra: [],
        now: () => 0,
        random: () => 0,
        wait: (ms) => {
          // Nothing is left to do: without a limit, it waits for the log.
          if (ms === null) end.abort();
          return Promise.resolve();
        },
        onTrouble: (sentence) => {
          throw new Error(sentence);
        },
      },
      cursor,
      end.signal,
    );
    return "quiet";
  };
  return Promise.race([running(), life.killed]);
}

/** The receiver refuses each message so often. The process may be killed before it arrives, and before the answer. */
function channelTo(host: ModelHost, life: Life, refusals: number): Channel {
  const refused = new Map<string, number>();
  return {
    send: ({ key }) => {
      const before = refused.get(key) ?? 0;
      if (before < refusals) {
        refused.set(key, before + 1);
        return Promise.reject(new DeliveryError("HTTP 503"));
      }
      return life.take([() => void host.arrived.push(key)], () => ({ said: "HTTP 200" }));
    },
  };
}
