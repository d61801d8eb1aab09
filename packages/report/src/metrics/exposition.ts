import { inertText } from "@qsc/contract";

/** One value of a family, and the labels that tell it apart. */
export interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  /** Null is unknown, which is not exposed: an absent value never looks like 0. */
  readonly value: number | null;
  /** What comes after the family's name: of a histogram `_bucket`, `_sum` and `_count`. */
  readonly suffix?: string;
}

/** A metric: its name, what it means, its type and its values. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly samples: readonly Sample[];
}

/** The media type of the text. */
export const EXPOSITION_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/**
 * Metrics in the text format of Prometheus (version 0.0.4). A family without a known value is left out as a whole. Names
 * from telemetry are label values alone, where they are escaped.
 */
export function toExposition(families: readonly Family[]): string {
  return families.map(textOf).join("");
}

function textOf({ name, help, type, samples }: Family): string {
  const lines = new Map<string, string>();
  for (const { value, labels = {}, suffix = "" } of samples) {
    const series = `${name}${suffix}${labelsOf(labels)}`;
    // Two names may look the same once they are inert, and a series that stands twice makes the whole text invalid.
    if (value !== null && !lines.has(series)) lines.set(series, `${series} ${numberOf(value)}\n`);
  }
  if (lines.size === 0) return "";
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${[...lines.values()].join("")}`;
}

function labelsOf(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

/** A label's value. What acts in a terminal is made visible, as everywhere. */
function escaped(value: string): string {
  return inertText(value).replace(/[\\"]/g, String.raw`\$&`);
}

function numberOf(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  return String(value);
}
