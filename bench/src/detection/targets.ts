import type { Measured } from "./run.js";

/** The most events that half of the faults of a degree may need. */
const MOST_EVENTS = { gross: 100, medium: 400, slight: Infinity } as const;

/** The targets, and where they were missed, one line each. */
export function targetLines(measured: readonly Measured[]): readonly string[] {
  const legal = measured.filter(({ scenario }) => scenario.group === "legal");
  const faults = measured.filter(({ scenario }) => scenario.group === "fault");
  const worst = Math.max(...legal.map(({ summary }) => summary.judges.evidence.falseShare));
  const slow = faults.flatMap(({ scenario, summary }) => {
    const { median } = summary.judges.evidence.events;
    const most = MOST_EVENTS[scenario.fault?.degree ?? "slight"];
    return median <= most
      ? []
      : [`${scenario.name} (${scenario.fault?.degree ?? ""}: ${said(median)}, at most ${most})`];
  });
  const behind = faults.flatMap(({ scenario, summary: { judges } }) => {
    const [ours, theirs] = [judges.evidence.seconds.median, judges.runbook.seconds.median];
    return ours <= theirs
      ? []
      : [`${scenario.name} (${scenario.fault?.degree ?? ""}: ${said(ours)} s, the runbook's rule ${said(theirs)} s)`];
  });
  const later = measured.reduce((sum, { summary }) => sum + summary.strictLater, 0);
  return [
    `false rollbacks of legal watches by \`evidence\`: at most ${(worst * 100).toFixed(1)} % of a scenario's watches (target 1 %)`,
    `faults whose median delay under \`evidence\` is above the target: ${listed(slow)}`,
    `faults that \`evidence\` finds later than the runbook's rule in the median: ${listed(behind)}`,
    `watches that \`strict\` ended later than the runbook's rule: ${later} of ${measured.reduce((sum, { summary }) => sum + summary.watches, 0)}`,
  ].map((line) => `- ${line}`);
}

function said(value: number): string {
  return value === Infinity ? "not found" : value.toFixed(0);
}

function listed(lines: readonly string[]): string {
  return lines.length === 0 ? "none" : `${lines.length}\n${lines.map((line) => `  - ${line}`).join("\n")}`;
}
