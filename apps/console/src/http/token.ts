import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";

/** After this many wrong tokens from one address, it is not answered for a while. */
export const MOST_FAILURES = 10;
export const PENALTY_MS = 60_000;
/** At most this many addresses are remembered; the oldest is forgotten. */
const MOST_ADDRESSES = 1000;

/** What becomes of a request: its token is right, or wrong or missing, or the address has tried too often. */
export type Admission = "admitted" | "refused" | { readonly waitMs: number };

interface Failures {
  count: number;
  sinceMs: number;
}

/** Compares tokens in a time that says nothing of them, and slows down those that guess. */
export class TokenGuard {
  readonly #key = randomBytes(32);
  readonly #wanted: Buffer;
  readonly #now: () => number;
  readonly #failures = new Map<string, Failures>();

  constructor(token: string, now: () => number) {
    this.#wanted = this.#hash(token);
    this.#now = now;
  }

  /** @param authorization the header: `Bearer TOKEN`, or `Basic` with the token as password, as browsers send it */
  admit(address: string, authorization: string | undefined): Admission {
    const from = groupOf(address);
    const known = this.#failures.get(from);
    const now = this.#now();
    const leftMs = known === undefined ? 0 : known.sinceMs + PENALTY_MS - now;
    if (known !== undefined && leftMs <= 0) this.#failures.delete(from);
    // Also with the right token: otherwise guessing would go on.
    else if (known !== undefined && known.count >= MOST_FAILURES) return { waitMs: leftMs };
    const given = tokenIn(authorization);
    if (given !== null && timingSafeEqual(this.#hash(given), this.#wanted)) return "admitted";
    // A browser asks once without a token before it asks its user.
    if (given !== null) this.#count(from, now);
    return "refused";
  }

  #count(from: string, now: number): void {
    const known = this.#failures.get(from);
    if (known !== undefined) {
      known.count += 1;
      return;
    }
    const [oldest] = this.#failures.keys();
    if (oldest !== undefined && this.#failures.size >= MOST_ADDRESSES) this.#failures.delete(oldest);
    this.#failures.set(from, { count: 1, sinceMs: now });
  }

  #hash(token: string): Buffer {
    return createHmac("sha256", this.#key).update(token).digest();
  }
}

function tokenIn(authorization: string | undefined): string | null {
  const [, scheme = "", value = ""] = /^(bearer|basic) +([\x21-\x7e]+) *$/i.exec(authorization ?? "") ?? [];
  if (scheme.toLowerCase() === "bearer") return value;
  if (scheme.toLowerCase() !== "basic") return null;
  return Buffer.from(value, "base64")
    .toString("utf8")
    .replace(/^[^:]*:/s, "");
}

/** Those who have one IPv6 address have 2^64 of them. */
function groupOf(address: string): string {
  if (isIP(address) !== 6 || address.startsWith("::ffff:")) return address;
  const [head = ""] = address.split("%");
  const [left = "", right] = head.split("::");
  const parts = left === "" ? [] : left.split(":");
  const tail = right === undefined || right === "" ? [] : right.split(":");
  const zeros = right === undefined ? 0 : 8 - parts.length - tail.length;
  return [...parts, ...Array.from({ length: zeros }, () => "0"), ...tail].slice(0, 4).join(":");
}
