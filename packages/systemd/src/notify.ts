import { inertText } from "@qsc/contract";
import { run } from "./host/run.js";

/** What a service says to the systemd that runs it: see sd_notify(3). Nothing of it rejects. */
export interface Notifier {
  /** The service does its work from now on: `Type=notify` counts it as started. */
  readonly ready: (status: string) => Promise<void>;
  /** It is alive, and this is how it stands: one line for `systemctl status`. */
  readonly alive: (status: string) => Promise<void>;
  /** It ends by itself, after some more work: from now on only `TimeoutStopSec=` limits it. */
  readonly stopping: (status: string) => Promise<void>;
}

/** Longest time for one message. */
const SEND_MS = 5_000;
/** systemd takes no longer message. */
const MAX_STATUS = 1_000;

/**
 * The systemd that runs this process, for telling it how things stand; null where none asks for it (`NOTIFY_SOCKET`).
 * The messages are sent by `systemd-notify`, another process: the unit needs `NotifyAccess=all`. They are sent one after
 * another; what can be sent no more is left out, so that a watch never waits for it.
 *
 * @param onFailure called with what went wrong, in a sentence
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
      const outcome = await run(["systemd-notify", ...assignments], { timeoutMs: SEND_MS, env: { NOTIFY_SOCKET: socket } });
      if (outcome.exitCode !== 0) onFailure(`systemd was not told ${assignments[0] ?? ""}: ${inertText(outcome.stderr.trim() || outcome.ended)}`);
    });
    return last;
  };
  return {
    ready: (status) => send("READY=1", "WATCHDOG=1", statusOf(status)),
    alive: (status) => send("WATCHDOG=1", statusOf(status)),
    stopping: (status) => send("STOPPING=1", statusOf(status)),
  };
}

/** One line, in which nothing acts. */
function statusOf(text: string): string {
  return `STATUS=${inertText(text).slice(0, MAX_STATUS)}`;
}
