import { inertText, type OperationStep } from "@qsc/contract";
import type { WatchReport } from "@qsc/rollout";
import { notifier } from "@qsc/systemd";
import type { Io } from "./io.js";
import { describeWatch } from "./watch-printer.js";

/** systemd is told this often at most, in milliseconds: a report may come with every decision. */
const EVERY_MS = 2000;

export interface WatchNotifier {
  /** The first report makes the unit active; every later one is a sign of life. Only the watch's own loop reports. */
  readonly show: (report: WatchReport) => void;
  /** A step of the rollback: that may take longer than the watchdog allows between two signs of life. */
  readonly step: (step: OperationStep) => void;
}

/** Tells the systemd that runs this process how the watch stands; nothing where none does. */
export function watchNotifier(env: Readonly<Record<string, string | undefined>>, io: Io): WatchNotifier {
  const systemd = notifier(env, (sentence) => { io.err(`qsc: ${sentence}\n`); });
  if (systemd === null) return { show: () => undefined, step: () => undefined };
  let last: number | null = null;
  return {
    show: (report) => {
      const now = performance.now();
      if (last !== null && now - last < EVERY_MS) return;
      void (last === null ? systemd.ready : systemd.alive)(describeWatch(report));
      last = now;
    },
    step: ({ name, detail }) => { void systemd.stopping(`rolling back: ${name}: ${inertText(detail)}`); },
  };
}
