/** A map that `JSON.stringify` writes as an object; of a plain one it writes `{}`. */
export function jsonMap<Value>(entries: Iterable<readonly [string, Value]>): ReadonlyMap<string, Value> {
  const map = new Map(entries);
  // Not enumerable: it is equal to, and cloned as, any map with these entries.
  return Object.defineProperty(map, "toJSON", { value: () => Object.fromEntries(map) });
}
