import { describeDuration, describeRoughly, inertText, type PowerRow, type WatchPower } from "@qsc/contract";

/**
 * What a watch can see, as the first lines of its output: for each gross fault when it is found, and which limits are
 * left to point estimates.
 */
export function powerLines(power: WatchPower | null): readonly string[] {
  if (power === null) return [];
  const { model, durationMs, rows } = power;
  const faults = [...new Set(rows.map(({ fault }) => fault))];
  const unseen = rows.filter(({ inTime }) => !inTime).map(({ limit }) => limit);
  return [
    `watch   of ${inertText(model)} for ${describeDuration(durationMs)} would detect, if present from the start:`,
    ...faults.map((fault) => `  ${inertText(fault)}: ${earliest(rows.filter((row) => row.fault === fault))}`),
    ...(unseen.length === 0
      ? []
      : [
          `  under --rule evidence, point estimates still end it for: ${unseen.map((limit) => inertText(limit)).join(", ")}`,
        ]),
  ];
}

function earliest(rows: readonly PowerRow[]): string {
  const found = rows.filter(({ observations }) => observations !== null);
  const [first] = found.toSorted((a, b) => (a.observations ?? Infinity) - (b.observations ?? Infinity));
  if (first === undefined) return "not found by the sequential tests";
  const { check, decisions, observations, minutes } = first;
  const count = decisions === null ? `${observations} bursts of decisions` : `${decisions} decisions`;
  const time = minutes === null ? "" : `, ${describeRoughly(minutes * 60_000)}`;
  return `${check} after ${count}${time}`;
}
