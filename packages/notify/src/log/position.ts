/** The file of a log, whatever its name is. */
export interface FileIdentity {
  readonly device: number;
  readonly inode: number;
}

/** How far a channel has come in the audit log. */
export interface LogPosition {
  /** The file; null before there was one. */
  readonly file: FileIdentity | null;
  /** Bytes of that file that are done with. */
  readonly offset: number;
  /** The last of those bytes: how many to compare, and their SHA-256 in hex. Tells a file that was rewritten. */
  readonly tail: { readonly bytes: number; readonly sha256: string };
  /**
   * The newest entry that is done with, which the next one has to name; null if it is unknown what the next one has to
   * name: at the first start in a log without a readable entry, and after the log was found to be changed.
   */
  readonly last: { readonly number: number; readonly hash: string } | null;
  /** The canary that the entries so far tell of, for entries that do not name its model. */
  readonly canary: { readonly unit: string; readonly model: string } | null;
}

/** The beginning of a log. */
export const FIRST: { readonly number: number; readonly hash: string } = { number: 0, hash: "0".repeat(64) };
