/** Refuses a policy file, naming the key and what is wrong with it. */
export type Refuse = (key: string, problem: string) => never;

export function asObject(value: unknown, key: string, refuse: Refuse): Record<string, unknown> {
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    return refuse(key, `must be a mapping of keys to values, not ${show(value)}`);
  }
  return value as Record<string, unknown>;
}

export function asStrings(value: unknown, key: string, refuse: Refuse): readonly string[] {
  if (!Array.isArray(value) || !value.every((item) => typeof item === "string" && item !== "")) {
    return refuse(key, `must be a list of names, not ${show(value)}`);
  }
  return value as string[];
}

export function unknownKey(known: readonly string[]): string {
  return `is unknown; known are ${known.join(", ")}`;
}

export function show(value: unknown): string {
  if (value === undefined) return "nothing";
  return (typeof value === "number" ? String(value) : JSON.stringify(value)).slice(0, 60);
}
