import { createHash } from "node:crypto";

/**
 * JSON in one canonical form: keys sorted by code unit, no white space. Two values that are
 * equal as data have the same text, whatever the order their keys were written in.
 * `undefined` members are left out; a non-finite number throws, as JSON has none.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new TypeError(`${String(value)} has no JSON form; write null for an undefined statistic`);
  }
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(",")}}`;
}

/** SHA-256 of the canonical JSON of a value, in hex. */
export function digestOf(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex");
}

/** The document with its own digest: SHA-256 over everything but the member `digest`. */
export function sealed<T extends object>(document: T): T & { readonly digest: string } {
  return { ...document, digest: digestOf(document) };
}

/** Whether a sealed document is as it was when it was sealed. */
export function isIntact(document: { readonly digest: string }): boolean {
  const { digest, ...rest } = document;
  return digestOf(rest) === digest;
}
