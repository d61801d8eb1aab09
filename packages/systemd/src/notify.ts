import { inertText } from "@qsc/contract";
import { run } from "./host/run.js";

/** What a service tells the systemd that runs it: see sd_notify(3). No method rejects. */
export interface Notifier {
  /** The service is ready: `Type=notify` now counts it as started. */
  readonly ready: (status: string) => Promise<void>;
  /** It is alive, with its current status: one line for `systemctl status`. */
  readonly alive: (status: string) => Promise<void>;
  /** It will end by itself after some more work: from now on only `TimeoutStopSec=` limits it. */
  readonly stopping: (status: string) => Promise<void>;
}

/** Longest time for one message. */
const SEND_MS = 5_000;
/** Longest message that systemd accepts. */
const MAX_STATUS = 1_000;

/**
 * The systemd that runs this process, to report status to; null if none asks for it (`NOTIFY_SOCKET`). The messages are
 * sent by `systemd-notify`, another process: the unit needs `NotifyAccess=all`. They are sent one after another. A
 * message that cannot be sent is dropped, so that a watch never waits for it.
 *
 * @param onFailure called with a sentence that says what went wrong
 */
export function notifier(
  env: Readonly<Record<string, string | undefined>>,
  onFailure: (sentence: string) => void = () => undefined,
): Notifier | null {
  const socket = env["NOTIFY_SOCKET"] ?? "";
  if (socket === "") return null;
  let last: Promise<void> = Promise.resolve();
  const send = (...assignments: readonly string[]): Promise<void> => {
    last = last.then(async () => {
      const outcome = await run(["systemd-notify", ...assignments], {
        timeoutMs: SEND_MS,
        env: { NOTIFY_SOCKET: socket },
      });
      if (outcome.exitCode !== 0)
        onFailure(`systemd was not told ${assignments[0] ?? ""}: ${inertText(outcome.stderr.trim() || outcome.ended)}`);
    });
    return last;
  };
  return {
    ready: (status) => send("READY=1", "WATCHDOG=1", statusOf(status)),
    alive: (status) => send("WATCHDOG=1", statusOf(status)),
    stopping: (status) => send("STOPPING=1", statusOf(status)),
  };
}

/** One line without control characters. */
function statusOf(text: string): string {
  return `STATUS=${inertText(text).slice(0, MAX_STATUS)}`;
}
