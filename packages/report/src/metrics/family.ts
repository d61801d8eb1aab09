import type { Family, Sample } from "./exposition.js";
import { MOST_MODELS } from "./tally.js";

type Type = Family["type"];

/** A family of `qsc_...`. */
export function family(name: string, type: Type, help: string, samples: readonly Sample[]): Family {
  return { name: `qsc_${name}`, help, type, samples };
}

/** A family of one value without labels; null is unknown. */
export function single(name: string, type: Type, help: string, value: number | null): Family {
  return family(name, type, help, [{ value }]);
}

/** The samples of the first models alone. */
export function capped<Labelled extends Sample & { readonly labels: { readonly model: string } }>(
  samples: readonly Labelled[],
): readonly Labelled[] {
  const models = new Set([...new Set(samples.map(({ labels }) => labels.model))].slice(0, MOST_MODELS));
  return samples.filter(({ labels }) => models.has(labels.model));
}

/** Milliseconds as seconds; unknown stays unknown. */
export function seconds(ms: number | undefined): number | null {
  return ms === undefined ? null : ms / 1000;
}

/** A time as seconds since 1970; one that cannot be read is unknown. */
export function timestamp(at: string | null): number | null {
  const ms = at === null ? Number.NaN : Date.parse(at);
  return Number.isNaN(ms) ? null : ms / 1000;
}
