import { describeDuration, type EvidenceFinding, type WatchMoment, type WatchProgress } from "@qsc/contract";
import { fixed, percent } from "../format.js";
import type { Figure, FigureRow, Shape } from "./figures.js";
import { bar, limitLine } from "./shapes.js";

/** What a plot of a watch may show below the limit: a check that is this far beyond it is at the bottom. */
const BEYOND = -0.5;
/** The most moments that are written out. */
const MOST_ROWS = 20;

/** How a watch went: margins and evidence over time, and what was worst. */
export function watchFigures(
  watch: WatchProgress | null,
  { violated, evidence }: { readonly violated: boolean; readonly evidence: readonly EvidenceFinding[] },
): readonly Figure[] {
  if (watch === null) return [];
  return [...overTime(watch, violated), ...worstMargins(watch), ...evidenceNow(evidence)];
}

/** Each model's nearest check and strongest evidence over the watch; a line stands at the moment of a violation. */
function overTime({ history = [], durationMs, watchedMs }: WatchProgress, violated: boolean): readonly Figure[] {
  if (history.length < 2) return [];
  const last = history.at(-1);
  const mark: readonly Shape[] =
    violated && last !== undefined ? [{ kind: "line", at: last.watchedMs, look: "tick" }] : [];
  const said = violated ? " The upright line is the moment of the violation." : "";
  const to = Math.max(durationMs, watchedMs, 1);
  const head = (values: readonly string[]): Figure["head"] => {
    return { names: ["model"], plot: `0 to ${describeDuration(to)}`, values };
  };
  const common = { axis: { from: 0, to }, tall: true as const };
  return [
    {
      ...common,
      title: "Margins over the watch",
      note: `Of each model the check nearest to its limit: the dashed line is the limit, the upper edge is far from it.${said}`,
      head: head(["last", "least"]),
      rows: marginRows(history, mark),
      numbers: marginNumbers(history),
    },
    ...evidenceOverTime(history, mark, { ...common, head: head(["last", "most"]), said }),
  ];
}

function marginRows(history: readonly WatchMoment[], mark: readonly Shape[]): readonly FigureRow[] {
  return modelsOf(history.map(({ margins }) => margins)).map((model) => {
    const seen = history.flatMap(({ watchedMs, margins }) => {
      const found = margins.find((each) => each.model === model);
      return found === undefined ? [] : [{ x: watchedMs, margin: found.margin }];
    });
    const points = seen.map(({ x, margin }) => ({ x, y: (margin - BEYOND) / (1 - BEYOND) }));
    const least = Math.min(...seen.map(({ margin }) => margin));
    return {
      names: [model ?? "telemetry"],
      shapes: [{ kind: "level", y: -BEYOND / (1 - BEYOND) }, { kind: "curve", points }, ...mark],
      values: [marginText(seen.at(-1)?.margin ?? least), marginText(least)],
    };
  });
}

function marginText(margin: number): FigureRow["values"][number] {
  return { text: percent(margin), tone: margin < 0 ? "bad" : "plain" };
}

function marginNumbers(history: readonly WatchMoment[]): NonNullable<Figure["numbers"]> {
  const models = modelsOf(history.map(({ margins }) => margins));
  const step = Math.ceil(history.length / MOST_ROWS);
  // Counted from the end, so that the last moment is among them.
  const shown = history.filter((_, index) => (history.length - 1 - index) % step === 0);
  return {
    summary: `The margins in numbers, at ${shown.length} moments`,
    head: ["watched", ...models.map((model) => model ?? "telemetry")],
    rows: shown.map(({ watchedMs, margins }) => [
      describeDuration(Math.round(watchedMs / 1000) * 1000),
      ...models.map((model) => percent(margins.find((each) => each.model === model)?.margin ?? null)),
    ]),
  };
}

function evidenceOverTime(
  history: readonly WatchMoment[],
  mark: readonly Shape[],
  { said, ...common }: Pick<Figure, "axis" | "tall" | "head"> & { readonly said: string },
): readonly Figure[] {
  const models = modelsOf(history.map(({ evidence }) => evidence));
  if (models.length === 0) return [];
  const rows = models.map((model): FigureRow => {
    // Without evidence there is none: 0.
    const parts = history.map(({ watchedMs, evidence }) => {
      return { x: watchedMs, part: evidence.find((each) => each.model === model)?.part ?? 0 };
    });
    const most = Math.max(...parts.map(({ part }) => part));
    const value = (part: number): FigureRow["values"][number] => {
      return { text: percent(part), tone: part >= 1 ? "bad" : "plain" };
    };
    return {
      names: [model ?? "telemetry"],
      shapes: [
        { kind: "level", y: 0.8 },
        { kind: "curve", points: parts.map(({ x, part }) => ({ x, y: 0.8 * part })) },
        ...mark,
      ],
      values: [value(parts.at(-1)?.part ?? most), value(most)],
    };
  });
  return [
    {
      ...common,
      title: "Evidence over the watch",
      note: `Of each model the strongest evidence of a violation, as a part of what is conclusive (the dashed line).${said}`,
      rows,
    },
  ];
}

/** The models in their order of appearance; the telemetry is null. */
function modelsOf(moments: readonly (readonly { readonly model: string | null }[])[]): readonly (string | null)[] {
  return [...new Set(moments.flatMap((each) => each.map(({ model }) => model)))];
}

/** How near each check came to its limit: 0 is the limit, beyond it to the left. */
function worstMargins({ worst }: WatchProgress): readonly Figure[] {
  if (worst.length === 0) return [];
  return [
    {
      title: "Margins",
      note: "How far each check stayed from its limit at its worst moment. The dashed line is the limit; a red bar is beyond it.",
      axis: { from: BEYOND, to: 1 },
      head: { names: ["model", "check", "when"], plot: "beyond the limit to 100 % away", values: ["margin"] },
      rows: worst.map(({ model, check, margin, at }) => ({
        names: [model ?? "telemetry", check, at],
        shapes: [bar(0, margin, margin < 0 ? "over" : "bar"), ...limitLine(0)],
        values: [marginText(margin)],
      })),
    },
  ];
}

/** How much of the conclusive evidence there is. */
function evidenceNow(findings: readonly EvidenceFinding[]): readonly Figure[] {
  const some = findings.filter(({ log10, conclusive }) => log10 > 0 || conclusive);
  if (some.length === 0) return [];
  return [
    {
      title: "Evidence",
      note: "Decimal logarithm of the evidence that a check is violated, as a part of what is conclusive (the dashed line).",
      axis: { from: 0, to: 1.25 },
      head: { names: ["model", "check"], plot: "none to conclusive", values: ["evidence", "conclusive at"] },
      rows: some
        .toSorted((a, b) => b.log10 / b.threshold - a.log10 / a.threshold)
        .map(({ model, check, symbol = null, log10, threshold, since }) => ({
          names: [model, symbol === null ? check : `${check} of ${symbol}`],
          shapes: [bar(0, log10 / threshold, since === null ? "bar" : "over"), ...limitLine(1)],
          values: [
            { text: `10^${fixed(log10, 1)}`, tone: since === null ? ("plain" as const) : ("bad" as const) },
            { text: `10^${fixed(threshold, 1)}` },
          ],
        })),
    },
  ];
}
