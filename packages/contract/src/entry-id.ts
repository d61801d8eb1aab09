/** The ID of a stream entry, `<milliseconds since 1970>-<sequence>`, in canonical form. */
export type EntryId = `${bigint}-${bigint}`;

const CANONICAL = /^(0|[1-9]\d{0,19})-(0|[1-9]\d{0,19})$/;
const UINT64_MAX = "18446744073709551615";

/** The ID in `text`, or null when `text` is not one (not canonical, or a part above 2^64 - 1). */
export function parseEntryId(text: string): EntryId | null {
  if (!CANONICAL.test(text)) return null;
  // Neither part has enough digits to be too large.
  if (text.length <= UINT64_MAX.length) return text as EntryId;
  const match = CANONICAL.exec(text);
  if (match === null) return null;
  const [, ms = "", seq = ""] = match;
  if (compareDigits(ms, UINT64_MAX) > 0 || compareDigits(seq, UINT64_MAX) > 0) return null;
  return text as EntryId;
}

/** The first ID of a millisecond. `ms` must be a whole number >= 0. */
export function firstIdAt(ms: number): EntryId {
  return `${ms}-0` as EntryId;
}

/** The last ID of a millisecond. */
export function lastIdAt(ms: number): EntryId {
  return `${ms}-${UINT64_MAX}` as EntryId;
}

/** The smallest and the largest possible ID. */
export const MIN_ID: EntryId = "0-0";
/** The largest ID that an entry can have. */
export const MAX_ID: EntryId = `${UINT64_MAX}-${UINT64_MAX}`;

/** The time of an entry, in milliseconds since 1970. */
export function idTime(id: EntryId): number {
  return Number(id.slice(0, id.indexOf("-")));
}

/** Order of two IDs: negative, 0 or positive. Exact over the whole 128 bits. */
export function compareIds(a: EntryId, b: EntryId): number {
  if (a === b) return 0;
  const dashA = a.indexOf("-");
  const dashB = b.indexOf("-");
  // With equally many digits the dash is at the same place, and IDs compare as text does.
  if (dashA === dashB && a.length === b.length) return a < b ? -1 : 1;
  if (dashA !== dashB) return dashA - dashB;
  const byMs = compareDigits(a.slice(0, dashA), b.slice(0, dashB));
  return byMs === 0 ? compareDigits(a.slice(dashA + 1), b.slice(dashB + 1)) : byMs;
}

/**
 * The ID right after `id`.
 *
 * @throws RangeError after MAX_ID, which has no successor.
 */
export function nextId(id: EntryId): EntryId {
  if (id === MAX_ID) throw new RangeError(`there is no entry ID after ${id}`);
  const dash = id.indexOf("-");
  const ms = id.slice(0, dash);
  const seq = id.slice(dash + 1);
  if (seq === UINT64_MAX) return `${BigInt(ms) + 1n}-0`;
  return `${ms}-${BigInt(seq) + 1n}` as EntryId;
}

/** Order of two strings of digits without leading zeros. */
function compareDigits(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}
