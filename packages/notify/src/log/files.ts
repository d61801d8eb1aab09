import type { FileIdentity } from "./position.js";

/** A log file, open for reading: it stays the same file whatever happens to its name. */
export interface OpenLog {
  readonly identity: FileIdentity;
  readonly size: number;
  /** Exactly these bytes. */
  read(offset: number, bytes: number): Promise<Buffer>;
  close(): Promise<void>;
}

/**
 * The file operations of the notifier, one effect per method. A crash may come before or after each; a power cut may
 * lose what was not synced.
 */
export interface NotifyFiles {
  /** The text; null if the file does not exist. */
  read(path: string): Promise<string | null>;
  /** Creates a file, which must not exist, and writes the text. */
  create(path: string, text: string): Promise<void>;
  /** Resolves once the file's bytes are on the disk. */
  sync(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Not an error if the file does not exist. */
  remove(path: string): Promise<void>;
  /** Resolves once the names in a directory are on the disk. */
  syncDirectory(path: string): Promise<void>;
  /** The names in a directory; empty if it does not exist. */
  list(path: string): Promise<readonly string[]>;
  /** Opens a regular file; null if it does not exist. */
  open(path: string): Promise<OpenLog | null>;
}
