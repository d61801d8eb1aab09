/** What to call a feature: its own name, after its model's when each model has its own vector. */
export interface Named {
  readonly model: string | null;
  readonly feature: string;
}

export function nameOf({ model, feature }: Named): string {
  return model === null ? feature : `${model}.${feature}`;
}

/** The first few names, and how many more there are: `a, b, and 7 more`. */
export function enumerated(features: readonly Named[]): string {
  const shown = features.slice(0, 5).map(nameOf).join(", ");
  return features.length > 5 ? `${shown}, and ${features.length - 5} more` : shown;
}

/** The same in brackets after a text; empty when there are none. */
export function listed(features: readonly Named[]): string {
  return features.length === 0 ? "" : ` (${enumerated(features)})`;
}
