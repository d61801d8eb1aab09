/** A number with a fixed number of decimals; a dash when undefined. */
export function fixed(value: number | null, decimals = 6): string {
  return value === null ? "-" : value.toFixed(decimals);
}

/** A fraction of 1 as a percentage with two decimals. */
export function percent(share: number | null): string {
  return share === null ? "-" : `${(share * 100).toFixed(2)} %`;
}

/** A difference with its sign. */
export function signed(value: number | null, decimals: number): string {
  if (value === null) return "-";
  return `${value >= 0 ? "+" : ""}${value.toFixed(decimals)}`;
}
