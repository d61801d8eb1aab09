import { hostname } from "node:os";
import { inertText, iso, type NotifyDocument } from "@qsc/contract";
import type { Attempt, Cursor } from "@qsc/notify";
import { fileLock, notified, type OperationContext } from "@qsc/rollout";
import { notifier } from "@qsc/systemd";
import type { Session } from "../command.js";
import { notifyPlace } from "./place.js";

interface NotifySession extends Session {
  readonly context: OperationContext;
}

/** How long a second notifier waits for the first to end, in milliseconds. */
const LOCK_MS = 2_000;

/** `qsc notify test`: asks each channel, or one of them, to accept a message that is marked as a test. */
export async function testNotify(session: NotifySession, channel: string | null): Promise<NotifyDocument> {
  const place = await notifyPlace(session, session.context);
  const { testChannels } = await import("@qsc/notify");
  return notified(session.context, "test", await testChannels(place, channel, session.signal));
}

/** `qsc notify run`: follows the audit log until it is told to end. */
export async function runNotify(session: NotifySession): Promise<NotifyDocument> {
  const { context, io, env, quiet, signal } = session;
  const place = await notifyPlace(session, context);
  const { notifyDirectory, runNotifier } = await import("@qsc/notify");
  const lock = fileLock({
    directory: notifyDirectory(context.workdir),
    name: "notify",
    deed: "sends the notifications of",
    holder: `qsc notify run of ${context.user} on ${hostname()} (process ${process.pid}, since ${iso(Date.now())})`,
  });
  const say = (sentence: string): void => {
    if (!quiet) io.err(`qsc: ${inertText(sentence)}\n`);
  };
  const release = await lock.acquire(LOCK_MS, signal);
  const systemd = notifier(env, say);
  try {
    const cursors = await runNotifier(
      place,
      {
        onReady: () => {
          const names = place.settings.channels.map(({ name }) => name).join(", ");
          say(`Following ${place.audit} for ${names}.`);
          void systemd?.ready(`following ${place.audit}`);
        },
        onAttempt: (attempt) => {
          say(attemptLine(attempt));
        },
        onTrouble: say,
      },
      signal,
    );
    return notified(context, "run", cursors.map(answerOf));
  } finally {
    await release();
  }
}

function attemptLine({ notice, outcome, cursor: { channel } }: Attempt): string {
  const what = `${notice.event}${notice.number === null ? "" : ` (entry ${notice.number})`}`;
  return outcome instanceof Error
    ? `Channel ${channel} did not accept ${what}: ${outcome.message}.`
    : `Channel ${channel} accepted ${what}: ${outcome.said}.`;
}

function answerOf({ channel, kind, failing, acceptedAt }: Cursor): NotifyDocument["channels"][number] {
  if (failing !== null) return { channel, kind, accepted: false, said: `${failing.said} (since ${failing.since})` };
  return acceptedAt === null
    ? { channel, kind, accepted: null, said: "" }
    : { channel, kind, accepted: true, said: `last at ${acceptedAt}` };
}
