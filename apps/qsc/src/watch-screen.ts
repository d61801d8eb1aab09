import { describeDuration, inertText, iso } from "@qsc/contract";
import type { WatchReport } from "@qsc/rollout";
import type { Io } from "./io.js";
import type { WatchPrinter } from "./watch-view.js";

const BAR = 40;
/** How many checks are shown, nearest to their limit first. The report has all. */
const NEAREST = 5;

/** No line goes on in the next row meanwhile: a letter may be two columns wide, and a person may narrow the terminal. */
const ONE_ROW = ["\u001b[?7l", "\u001b[?7h"] as const;
const CLEAR_BELOW = "\r\u001b[J";

const up = (rows: number): string => (rows === 0 ? "" : `\u001b[${rows}A`);

/** Shows a watch as one screen at the end of the terminal, which is drawn over itself; other lines go above it. */
export function watchScreen(io: Io, now: () => number): WatchPrinter {
  let shown: readonly string[] = [];
  const draw = (above: string, lines: readonly string[]): void => {
    // What scrolled out of the terminal cannot be drawn over.
    const fitting = lines.slice(0, Math.max(1, io.rows - 1)).map((line) => cut(line, io.columns - 1));
    io.err(
      `${up(shown.length)}${CLEAR_BELOW}${above}${ONE_ROW[0]}${fitting.map((line) => `${line}\n`).join("")}${ONE_ROW[1]}`,
    );
    shown = fitting;
  };
  return {
    show: (report) => {
      draw("", screenOf(report, now()));
    },
    say: (line) => {
      draw(`${line}\n`, shown);
    },
    end: () => {
      shown = [];
    },
  };
}

function cut(line: string, columns: number): string {
  return [...line].slice(0, Math.max(1, columns)).join("");
}

/** The lines of the screen: how far, when it ends, what is nearest to a limit, the evidence, and an outage. */
function screenOf(report: WatchReport, nowMs: number): readonly string[] {
  return [progress(report), seen(report), next(report, nowMs), ...outage(report), ...margins(report), evidence(report)];
}

function progress({ phase, watch }: WatchReport): string {
  const part = Math.min(1, watch.watchedMs / Math.max(1, watch.durationMs));
  const filled = Math.floor(part * BAR);
  const far = `${describeDuration(watch.watchedMs)} of ${describeDuration(watch.durationMs)}`;
  return `${phase}  [${"#".repeat(filled)}${".".repeat(BAR - filled)}] ${Math.floor(part * 100)} %, ${far}`;
}

function seen({ watch }: WatchReport): string {
  const judged = watch.lastJudgedAt === null ? "" : `, the last at ${watch.lastJudgedAt.slice(11, 19)} UTC`;
  return `${watch.judgements} judgements of ${watch.events} events${judged}`;
}

function next({ phase, watch }: WatchReport, nowMs: number): string {
  if (phase === "eligible") return "a person decides now: qsc promote, or qsc rollback";
  const leftMs = Math.max(0, watch.durationMs - watch.watchedMs);
  return `${describeDuration(leftMs)} to go, until ${iso(nowMs + leftMs).slice(0, 16)}Z at the earliest`;
}

function outage({ outage: why }: WatchReport): readonly string[] {
  return why === null ? [] : [`NOT READ: ${inertText(why)}`];
}

function margins({ watch: { worst } }: WatchReport): readonly string[] {
  if (worst.length === 0) return ["no check has enough events yet"];
  const rows = worst
    .slice(0, NEAREST)
    .map(
      ({ margin, model, check }) =>
        [`${Math.round(margin * 100)} %`, `${inertText(model ?? "telemetry")} ${check}`] as const,
    );
  const width = Math.max(...rows.map(([left]) => left.length));
  const rest = worst.length - rows.length;
  return [
    "distance to the limit, at worst so far",
    ...rows.map(([left, what]) => `  ${left.padStart(width)}  ${what}`),
    ...(rest > 0 ? [`  and ${rest} more, further away`] : []),
  ];
}

function evidence({ strongest }: WatchReport): string {
  if (strongest === null) return "no evidence yet";
  const { log10, threshold, model, check } = strongest;
  return `strongest evidence 10^${log10.toFixed(1)} of 10^${threshold.toFixed(1)}: ${inertText(model)} ${check}`;
}
