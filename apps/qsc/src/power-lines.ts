import { describeDuration, describeRoughly, inertText, type PowerRow, type WatchPower } from "@qsc/contract";

/**
 * What a watch can see, as the first lines of its output: for each gross fault when it is found, and which limits are
 * left to point estimates.
 */
export function powerLines(power: WatchPower | null): readonly string[] {
  if (power === null) return [];
  const { model, durationMs, rows, symbols } = power;
  const faults = [...new Set(rows.map(({ fault }) => fault))];
  const unseen = rows.filter(({ inTime }) => !inTime).map(({ limit }) => limit);
  return [
    `watch   of ${inertText(model)} for ${describeDuration(durationMs)} would detect, if present from the start:`,
    ...faults.map((fault) => `  ${inertText(fault)}: ${earliest(rows.filter((row) => row.fault === fault))}`),
    ...(symbols === undefined ? [] : [ofOneSymbol(symbols)]),
    ...(unseen.length === 0
      ? []
      : [
          `  under --rule evidence, point estimates still end it for: ${unseen.map((limit) => inertText(limit)).join(", ")}`,
        ]),
  ];
}

/** One line: there are few faults of a symbol, and each has one test. */
function ofOneSymbol({ decides, known, rows }: NonNullable<WatchPower["symbols"]>): string {
  const ofThem = known === null ? "" : ` of ${known}`;
  const found = rows.map(({ fault, label, decisions, minutes }) => {
    const text = label === null ? fault : `always ${inertText(label)}`;
    if (decisions === null) return `${text} not found`;
    return `${text} after ${decisions} of its decisions${minutes === null ? "" : ` (${describeRoughly(minutes * 60_000)})`}`;
  });
  const then = decides ? "" : "; the report shows it, and it ends the watch only with segments: {by: symbol}";
  return `  one symbol${ofThem}: ${found.join(", ")}${then}`;
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
