import { inertText, type OperationStep } from "@qsc/contract";
import type { WatchReport } from "@qsc/rollout";
import { notifier } from "@qsc/systemd";
import type { Io } from "./io.js";
import { describeWatch } from "./watch-printer.js";

/** The least time between two notifications, in milliseconds: there may be a report for every decision. */
const EVERY_MS = 2000;

export interface WatchNotifier {
  /** The first report makes the unit active; later ones are signs of life. Only the watch's own loop reports. */
  readonly show: (report: WatchReport) => void;
  /** A step of the rollback, which may take longer than the watchdog allows between two signs of life. */
  readonly step: (step: OperationStep) => void;
}

/** Tells the systemd that runs this process about the progress of the watch; does nothing without one. */
export function watchNotifier(
  env: Readonly<Record<string, string | undefined>>,
  io: Io,
  wallClock: () => number,
): WatchNotifier {
  const systemd = notifier(env, (sentence) => {
    io.err(`qsc: ${sentence}\n`);
  });
  if (systemd === null) return { show: () => undefined, step: () => undefined };
  let last: { readonly atMs: number; readonly phase: string } | null = null;
  return {
    show: (report) => {
      const now = performance.now();
      if (last !== null && last.phase === report.phase && now - last.atMs < EVERY_MS) return;
      void (last === null ? systemd.ready : systemd.alive)(describeWatch(report, wallClock()));
      last = { atMs: now, phase: report.phase };
    },
    step: ({ name, detail }) => {
      void systemd.stopping(`rolling back: ${name}: ${inertText(detail)}`);
    },
  };
}
