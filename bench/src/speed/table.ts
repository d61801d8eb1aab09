import { markdownTable } from "../page.js";
import { median, ratioOf, type Run } from "./measure.js";

/** A table of the page. */
export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Which contender is divided by which, and the heading. */
export interface Ratio {
  readonly head: string;
  readonly reference: string;
}

/** One row per contender: the median and spread of its runs, its rate, CPU time and memory, and its ratios. */
export function tableOf(
  title: string,
  events: number,
  runs: ReadonlyMap<string, readonly Run[]>,
  ratios: readonly Ratio[],
): Table {
  const rows = [...runs].map(([name, own]) => {
    const seconds = own.map((run) => run.seconds);
    return [
      name,
      spreadOf(seconds),
      Math.round(events / median(seconds)).toLocaleString("en-US"),
      text(median(own.map(({ cpuSeconds }) => cpuSeconds)), 2),
      text(Math.max(...own.map(({ rssMb }) => rssMb)), 0),
      ...ratios.map(({ reference }) => text(ratioOf(own, runs.get(reference) ?? []), 2)),
    ];
  });
  return {
    title,
    head: [
      "",
      "seconds: median (least to most)",
      "events/s",
      "CPU s",
      "peak RSS MB",
      ...ratios.map(({ head }) => head),
    ],
    rows,
  };
}

/** The median of some times, with the least and the most. */
export function spreadOf(seconds: readonly number[], digits = 3): string {
  return `${text(median(seconds), digits)} (${text(Math.min(...seconds), digits)} to ${text(Math.max(...seconds), digits)})`;
}

/** A number for a cell; a dash if it was not measured. */
export function text(value: number, digits: number): string {
  return Number.isFinite(value) ? value.toFixed(digits) : "-";
}

/** The table as Markdown, under its title. */
export function markdownOf({ title, head, rows }: Table): string {
  return `**${title}**\n\n${markdownTable(head, rows)}`;
}
