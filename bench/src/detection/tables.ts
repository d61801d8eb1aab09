import { WATCH_RULES } from "@qsc/contract";
import { markdownTable } from "../page.js";
import type { Measured } from "./run.js";
import type { Delay, Summary } from "./summary.js";
import { JUDGES, type Judge } from "./watch.js";

const NAMES: Readonly<Record<Judge, string>> = {
  runbook: "runbook's rule",
  strict: "strict",
  evidence: "evidence",
  adwin: "ADWIN",
  pageHinkley: "Page-Hinkley",
  mannWhitney: "Mann-Whitney",
};

function percent(share: number): string {
  const digits = share > 0 && share < 0.1 ? 1 : 0;
  return `${(share * 100).toFixed(digits)} %`;
}

/** Watches that ended without a fault, by judge. */
export function falseTable(measured: readonly Measured[], judges: readonly Judge[] = JUDGES): string {
  const rows = measured.map(({ scenario, summary }) => [
    scenario.name,
    ...judges.map((judge) => percent(summary.judges[judge].falseShare)),
    ...WATCH_RULES.map((rule) => percent(summary.refusedShare[rule])),
  ]);
  return markdownTable(
    ["watch", ...judges.map((judge) => NAMES[judge]), ...WATCH_RULES.map((rule) => `${rule}: not eligible at the end`)],
    rows,
  );
}

/** The checks for which watches ended without a fault. */
export function checksTable(measured: readonly Measured[]): string {
  const rows = measured.map(({ scenario, summary: { judges } }) => [
    scenario.name,
    ...(["runbook", "strict", "evidence"] as const).map(
      (judge) => judges[judge].falseChecks.map(([check, share]) => `${check} ${percent(share)}`).join(", ") || "-",
    ),
  ]);
  return markdownTable(["watch", "runbook's rule", "strict", "evidence"], rows);
}

/** How often each fault was found, and how late: `found; median / P95 events; the same in seconds`. */
export function faultTable(measured: readonly Measured[], judges: readonly Judge[]): string {
  const rows = measured.map(({ scenario, summary }) => [
    `${scenario.fault?.degree ?? ""}: ${scenario.fault?.id ?? ""}`,
    ...judges.map((judge) => delays(summary, judge)),
  ]);
  return markdownTable(["fault", ...judges.map((judge) => NAMES[judge])], rows);
}

/** In how many watches a judge raised an alarm before the fault began. */
export function beforeTable(measured: readonly Measured[]): string {
  const mean = (judge: Judge): number =>
    measured.reduce((sum, { summary }) => sum + summary.judges[judge].falseShare, 0) / measured.length;
  return markdownTable(
    ["", ...JUDGES.map((judge) => NAMES[judge])],
    [["ended before the fault", ...JUDGES.map((judge) => percent(mean(judge)))]],
  );
}

function delays({ judges }: Summary, judge: Judge): string {
  const { foundShare, events, seconds } = judges[judge];
  if (Number.isNaN(foundShare)) return "all ended before";
  if (foundShare === 0) return "never";
  return `${percent(foundShare)}; ${span(events)}; ${span(seconds)} s`;
}

function span({ median, p95 }: Delay): string {
  return `${whole(median)} / ${whole(p95)}`;
}

function whole(value: number): string {
  return value === Infinity ? "-" : value.toFixed(0);
}
