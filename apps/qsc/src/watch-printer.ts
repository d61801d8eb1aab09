import { describeDuration, inertText } from "@qsc/contract";
import type { WatchReport } from "@qsc/rollout";
import type { Io } from "./io.js";

const BAR = 24;
/** Without a terminal, a line this often, in milliseconds. */
const LINE_MS = 60_000;

export interface WatchPrinter {
  readonly show: (report: WatchReport) => void;
  /** Leaves the line of the bar. */
  readonly end: () => void;
}

/** Shows how a watch stands: a line that is drawn over on a terminal, one now and then elsewhere, nothing when quiet. */
export function watchPrinter(io: Io, quiet: boolean, now: () => number): WatchPrinter {
  if (quiet) return { show: () => undefined, end: () => undefined };
  if (!io.interactive) return lines(io, now);
  let drawn = false;
  return {
    show: (report) => {
      io.err(`\r\u001b[K${`${bar(report)} ${describeWatch(report)}`.slice(0, io.columns - 1)}`);
      drawn = true;
    },
    end: () => {
      if (drawn) io.err("\n");
    },
  };
}

function lines(io: Io, now: () => number): WatchPrinter {
  let last: { readonly at: number; readonly outage: string | null } | null = null;
  return {
    show: (report) => {
      if (last !== null && last.outage === report.outage && now() - last.at < LINE_MS) return;
      last = { at: now(), outage: report.outage };
      io.err(`${describeWatch(report)}\n`);
    },
    end: () => undefined,
  };
}

function bar({ watch }: WatchReport): string {
  const filled = Math.floor(Math.min(1, watch.watchedMs / Math.max(1, watch.durationMs)) * BAR);
  return `[${"#".repeat(filled)}${".".repeat(BAR - filled)}]`;
}

/** One line: how far, how often judged, and what came nearest to its limit. */
export function describeWatch({ phase, watch, outage, strongest }: WatchReport): string {
  const far = `${describeDuration(watch.watchedMs)} of ${describeDuration(watch.durationMs)}`;
  const judged = `${watch.judgements} judgements, ${watch.events} events`;
  if (outage !== null) return `${phase}: ${far}, ${judged}; ${inertText(outage)}`;
  const [nearest] = watch.worst;
  const margin = nearest === undefined ? "no check has enough events yet" : `nearest ${inertText(nearest.model ?? "telemetry")} ${nearest.check}, ${Math.round(nearest.margin * 100)} % from its limit`;
  const evidence = strongest === null ? "" : `; evidence at most 10^${strongest.log10.toFixed(1)} of 10^${strongest.threshold.toFixed(1)} (${inertText(strongest.model)} ${strongest.check})`;
  return `${phase}: ${far}, ${judged}; ${margin}${evidence}`;
}
