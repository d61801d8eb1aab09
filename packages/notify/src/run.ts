import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { iso } from "@qsc/contract";
import { channelOf } from "./channels/open.js";
import { CHANNEL_KINDS } from "./channels/table.js";
import { heartbeat } from "./heartbeat.js";
import { hostFiles } from "./log/host-files.js";
import { entryReader, type AuditLog } from "./log/follow.js";
import { removeUnfinished, replaceFile, type Cursor } from "./outbox/cursor.js";
import type { WaitingNotice } from "./outbox/folding.js";
import { neighbourWatch } from "./outbox/failing.js";
import { noticesOf, type Source } from "./outbox/notices-of.js";
import { pulseOf } from "./outbox/pulse.js";
import { startOf } from "./outbox/start.js";
import { sendInOrder, type Attempt } from "./outbox/send-in-order.js";
import { ALIVE_MS, alivePath, notifyDirectory, type NotifyPlace } from "./place.js";

/** What a run tells its caller. */
export interface RunEvents {
  /** The cursors are on the disk: from now on no line of the log is lost. */
  readonly onReady: () => void;
  /** Called after each attempt to send a notice. */
  readonly onAttempt: (attempt: Attempt) => void;
  /** Called with a sentence for the journal when something goes wrong that does not end the run. */
  readonly onTrouble: (sentence: string) => void;
}

/**
 * Follows the audit log and sends what the settings ask for, until the signal is aborted. Only one process may do so for
 * a working directory: the caller holds a lock. A channel without a cursor begins at the end of the log, one with a
 * cursor where it was.
 * @returns the cursor of each channel at the end
 * @throws QscError `cursor_broken`, or the error of a file, before anything was sent
 */
export async function runNotifier(
  place: NotifyPlace,
  events: RunEvents,
  signal: AbortSignal,
): Promise<readonly Cursor[]> {
  const { settings, workdir, audit } = place;
  const directory = notifyDirectory(workdir);
  await mkdir(directory, { recursive: true, mode: 0o755 });
  await removeUnfinished(hostFiles, directory);
  const log: AuditLog = { files: hostFiles, path: audit, readEntry: await entryReader() };
  const reports = { directory: join(workdir, "reports", "safety"), link: settings.reports };
  const source: Source = { files: hostFiles, path: audit, reports, unit: place.unit, host: place.host, now: Date.now };
  const lanes = [];
  for (const channel of settings.channels) {
    const cursor = await startOf(log, directory, channel);
    lanes.push({ channel, cursor, name: channel.name, events: channel.events, extra: [] as WaitingNotice[] });
  }
  for (const { kind } of settings.channels) await CHANNEL_KINDS[kind]?.load();
  const pulse = pulseOf(audit);
  try {
    await sayAlive(workdir, events.onTrouble);
    events.onReady();
    const watchNeighbours = neighbourWatch(source, lanes, pulse.beat);
    const sending = lanes.map(({ channel, cursor, extra }) =>
      sendInOrder(
        {
          channel: channelOf(channel, place.secrets),
          log,
          files: hostFiles,
          directory,
          noticesOf: (item, from) => noticesOf(source, channel.events, item, from),
          extra,
          now: Date.now,
          random: Math.random,
          wait: pulse.wait,
          onAttempt: (attempt) => {
            watchNeighbours(attempt);
            events.onAttempt(attempt);
          },
          onTrouble: events.onTrouble,
        },
        cursor,
        signal,
      ),
    );
    const [cursors] = await Promise.all([
      Promise.all(sending),
      staysAlive(place, events, pulse.wait, signal),
      heartbeat(place, events.onTrouble, pulse.wait, signal),
    ]);
    return cursors;
  } finally {
    pulse.stop();
  }
}

type Wait = ReturnType<typeof pulseOf>["wait"];

async function staysAlive({ workdir }: NotifyPlace, events: RunEvents, wait: Wait, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await wait(ALIVE_MS, false, signal);
    await sayAlive(workdir, events.onTrouble);
  }
}

async function sayAlive(workdir: string, onTrouble: (sentence: string) => void): Promise<void> {
  const alive = { version: 1, pid: process.pid, at: iso(Date.now()) };
  await replaceFile(hostFiles, alivePath(workdir), `${JSON.stringify(alive)}\n`).catch((thrown: unknown) => {
    onTrouble(`The notifier cannot say that it is alive: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  });
}
