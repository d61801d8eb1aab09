import type { CheckResult, ConditionResult, Delta, ModelStats } from "@qsc/contract";
import { fixed, percent } from "../format.js";
import type { Figure, FigureRow, Shape } from "./figures.js";
import { bar, limitLine } from "./shapes.js";

/** A model as its figures need it. A diagnosis has no checks. */
export interface FiguredModel {
  readonly model: string;
  readonly stats: ModelStats;
  readonly checks?: readonly CheckResult[];
}

/** The axis of a confidence. */
export const UNIT = { from: 0, to: 1 } as const;

/**
 * What models answered, how sure they were, and how long they took.
 * @param axis what a score may be: conditions on it are of its part of that
 */
export function modelFigures(models: readonly FiguredModel[], axis: Figure["axis"] = UNIT): readonly Figure[] {
  return [labelShares(models), confidences(models, axis), latencies(models)].filter(({ rows }) => rows.length > 0);
}

function labelShares(models: readonly FiguredModel[]): Figure {
  const rows = models.flatMap(({ model, stats, checks = [] }) => {
    const limit = strictest(checks, "largestShare")?.limit ?? null;
    return Object.entries(stats.shares).flatMap(([label, share]): FigureRow[] => {
      if (share === null) return [];
      const over = limit !== null && share > limit;
      return [
        {
          names: [model, label],
          shapes: [bar(0, share, over ? "over" : "bar"), ...limitLine(limit)],
          values: [{ text: percent(share), tone: over ? "bad" : "plain" }, { text: percent(limit) }],
        },
      ];
    });
  });
  return {
    title: "Shares of the labels",
    note: "The dashed line is the largest share that one label may have.",
    axis: UNIT,
    head: { names: ["model", "label"], plot: "0 % to 100 %", values: ["share", "at most"] },
    rows,
  };
}

function confidences(models: readonly FiguredModel[], axis: Figure["axis"]): Figure {
  const width = axis.to - axis.from;
  const inUnits = (part: number | null): number | null => (part === null ? null : part * width);
  const rows = models.flatMap(({ model, stats, checks = [] }): FigureRow[] => {
    const { p10, p90, min, max, std, histogram } = stats;
    if (p10 === null || p90 === null || min === null || max === null) return [];
    const range = strictest(checks, "range");
    const tooNarrow = range?.status === "violation";
    const drawn: readonly Shape[] =
      histogram === undefined
        ? [bar(min, max, "thin"), bar(p10, p90, tooNarrow ? "over" : "bar")]
        : [{ kind: "bins", counts: histogram }];
    return [
      {
        names: [model],
        shapes: [...drawn, tick(p10), tick(p90)],
        values: [
          { text: fixed(p10, 4) },
          { text: fixed(p90, 4) },
          { text: fixed(inUnits(range?.value ?? null) ?? p90 - p10, 4), tone: tooNarrow ? "bad" : "plain" },
          { text: fixed(inUnits(range?.limit ?? null), 4) },
          { text: fixed(std, 4) },
        ],
      },
    ];
  });
  return {
    title: axis === UNIT ? "Confidences" : "Scores",
    note: "How often each confidence occurred. The lines are P10 and P90; between them lie eight of ten answers, and they may not be too close.",
    axis,
    head: {
      names: ["model"],
      plot: `${axis.from} to ${axis.to}`,
      values: ["P10", "P90", "P90 - P10", "at least", "std"],
    },
    rows,
    tall: true,
  };
}

function latencies(models: readonly FiguredModel[]): Figure {
  const known = models.flatMap(({ model, stats: { latencyP95Ms: p95 }, checks = [] }) => {
    if (p95 === null) return [];
    const cap = strictest(checks, "latencyP95")?.limit ?? null;
    const ratio = strictest(checks, "latencyRatio");
    // The ratio is 0 below the floor, where it says nothing.
    const before = ratio?.value === null || ratio === null || ratio.value <= 0 ? null : p95 / ratio.value;
    const allowed =
      before === null || ratio?.limit === null || ratio === null ? cap : smaller(cap, before * ratio.limit);
    return [{ model, p95, before, allowed }];
  });
  const to = 1.25 * Math.max(...known.flatMap(({ p95, before }) => [p95, before ?? 0]), 1);
  return {
    title: "Latency",
    note: "P95 in milliseconds; the upright line is the model's own baseline, the dashed one the limit, where it is within the axis.",
    axis: { from: 0, to },
    head: { names: ["model"], plot: `0 to ${fixed(to, 0)} ms`, values: ["P95 ms", "baseline ms", "at most ms"] },
    rows: known.map(({ model, p95, before, allowed }) => {
      const over = allowed !== null && p95 > allowed;
      return {
        names: [model],
        shapes: [
          bar(0, p95, over ? "over" : "bar"),
          ...(before === null ? [] : [tick(before)]),
          ...limitLine(allowed !== null && allowed <= to ? allowed : null),
        ],
        values: [
          { text: fixed(p95, 1), tone: over ? ("bad" as const) : ("plain" as const) },
          { text: fixed(before, 1) },
          { text: fixed(allowed, 1) },
        ],
      };
    }),
  };
}

/** Each label before the cutover and after. */
export function deltaFigures(deltas: readonly Delta[] | null): readonly Figure[] {
  const rows = (deltas ?? []).flatMap(({ model, before, after }) =>
    Object.keys(after.shares).flatMap((label) => {
      const row = (when: string, share: number | null, look: "former" | "bar"): FigureRow[] =>
        share === null
          ? []
          : [{ names: [model, label, when], shapes: [bar(0, share, look)], values: [{ text: percent(share) }] }];
      return [
        ...row("before", before.shares[label] ?? null, "former"),
        ...row("after", after.shares[label] ?? null, "bar"),
      ];
    }),
  );
  if (rows.length === 0) return [];
  return [
    {
      title: "Shares of the labels before the cutover and after",
      note: "The grey bar is what the model answered before the cutover.",
      axis: UNIT,
      head: { names: ["model", "label", "when"], plot: "0 % to 100 %", values: ["share"] },
      rows,
    },
  ];
}

/** Among the conditions on a measure, the one that is violated first; null without any. */
function strictest(checks: readonly CheckResult[], measure: string): ConditionResult | null {
  const found = checks.flatMap(({ conditions }) => conditions.filter((condition) => condition.measure === measure));
  const [first = null] = found.toSorted(({ limit: one, violatedWhen }, { limit: other }) => {
    if (one === null || other === null) return one === other ? 0 : one === null ? 1 : -1;
    return violatedWhen === "above" ? one - other : other - one;
  });
  return first;
}

function smaller(one: number | null, other: number): number {
  return one === null ? other : Math.min(one, other);
}

function tick(at: number): Shape {
  return { kind: "line", at, look: "tick" };
}
