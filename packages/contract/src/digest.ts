import { sha256Of } from "#sha256";

export { sha256Of };

/**
 * JSON in one canonical form: keys sorted by code unit, no white space. Equal data gives equal text, whatever order
 * the keys were written in. `undefined` members are left out.
 *
 * @throws TypeError for anything JSON would drop silently: a number that is not finite, a function, `undefined` in a
 * list, an object that is not plain data (Map, Date).
 */
export function canonicalJson(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "string" || typeof value === "boolean") return JSON.stringify(value);
  if (typeof value === "number" && Number.isFinite(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${Array.from(value, canonicalJson).join(",")}]`;
  if (isPlain(value)) {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
    return `{${members.join(",")}}`;
  }
  const found = typeof value === "number" ? String(value) : Object.prototype.toString.call(value);
  throw new TypeError(`${found} has no JSON form; write null for an undefined statistic`);
}

function isPlain(value: unknown): value is object {
  return Object.prototype.toString.call(value) === "[object Object]";
}

/** SHA-256 of the canonical JSON of a value, in hex. */
export function digestOf(value: unknown): string {
  return sha256Of(canonicalJson(value));
}

/** The document with its own digest: SHA-256 over every other member. */
export function sealed<T extends object>(document: T): T & { readonly digest: string } {
  return { ...document, digest: digestOf({ ...document, digest: undefined }) };
}

/** Whether a sealed document is unchanged since it was sealed. */
export function isIntact(document: { readonly digest: string }): boolean {
  return digestOf({ ...document, digest: undefined }) === document.digest;
}
