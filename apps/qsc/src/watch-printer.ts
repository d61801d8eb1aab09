import { describeDuration, inertText, iso } from "@qsc/contract";
import type { WatchReport } from "@qsc/rollout";
import type { Io } from "./io.js";
import type { WatchPrinter } from "./watch-view.js";
import { watchScreen } from "./watch-screen.js";

/** Without a terminal: the time between two lines, in milliseconds. */
const LINE_MS = 60_000;

/** Prints the progress of a watch: a live screen on a terminal, otherwise a line from time to time; nothing when quiet. */
export function watchPrinter(io: Io, quiet: boolean, now: () => number): WatchPrinter {
  if (quiet) return { show: () => undefined, say: () => undefined, end: () => undefined };
  return io.interactive ? watchScreen(io, now) : lines(io, now);
}

function lines(io: Io, now: () => number): WatchPrinter {
  let last: { readonly at: number; readonly phase: string; readonly outage: string | null } | null = null;
  return {
    show: (report) => {
      const { phase, outage } = report;
      const isSame = last !== null && last.outage === outage && last.phase === phase;
      if (isSame && last !== null && now() - last.at < LINE_MS) return;
      last = { at: now(), phase, outage };
      io.err(`${describeWatch(report, now())}\n`);
    },
    say: (line) => {
      io.err(`${line}\n`);
    },
    end: () => undefined,
  };
}

/**
 * One line: the progress, the number of judgements, the check nearest to its limit, and when a person has to decide.
 */
export function describeWatch(report: WatchReport, nowMs: number): string {
  return `${describeFindings(report)}; ${describeNext(report, nowMs)}`;
}

function describeNext({ phase, watch }: WatchReport, nowMs: number): string {
  if (phase === "eligible") return "a person decides now: qsc promote, or qsc rollback";
  const endMs = nowMs + Math.max(0, watch.durationMs - watch.watchedMs);
  return `ends at ${iso(endMs).slice(0, 16)}Z at the earliest`;
}

function describeFindings({ phase, watch, outage, strongest }: WatchReport): string {
  const far = `${describeDuration(watch.watchedMs)} of ${describeDuration(watch.durationMs)}`;
  const judged = `${counted(watch.judgements, "judgement")}, ${counted(watch.events, "event")}`;
  if (outage !== null) return `${phase}: ${far}, ${judged}; ${inertText(outage)}`;
  const [nearest] = watch.worst;
  const margin =
    nearest === undefined
      ? "no check has enough events yet"
      : `nearest ${inertText(nearest.model ?? "telemetry")} ${nearest.check}, ${Math.round(nearest.margin * 100)} % from its limit`;
  const evidence =
    strongest === null
      ? ""
      : `; evidence at most 10^${strongest.log10.toFixed(1)} of 10^${strongest.threshold.toFixed(1)} (${inertText(strongest.model)} ${strongest.check}${ofSymbol(strongest)})`;
  return `${phase}: ${far}, ${judged}; ${margin}${evidence}`;
}

/** The symbol that a finding is about, if it is about one. */
function ofSymbol({ symbol = null }: NonNullable<WatchReport["strongest"]>): string {
  return symbol === null ? "" : ` of ${inertText(symbol)}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
