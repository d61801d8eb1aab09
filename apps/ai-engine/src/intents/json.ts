/**
 * Numbers and texts by name as JSON with the literals `NaN`, `Infinity` and `-Infinity`, as Python writes them and
 * every reader of the contract accepts them. Plain JSON would turn them into `null`.
 */
export function vectorJson(vector: Readonly<Record<string, number | string>>): string {
  const members = Object.entries(vector).map(([name, value]) => `${JSON.stringify(name)}:${literal(value)}`);
  return `{${members.join(",")}}`;
}

function literal(value: number | string): string {
  return typeof value === "number" ? String(value) : JSON.stringify(value);
}
