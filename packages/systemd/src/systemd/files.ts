/**
 * The few operations on unit files, here or on another machine. A change is on disk when its promise resolves. Every
 * method rejects with a `ServiceError`: `service_permission` or `dropin_failed`.
 */
export interface Files {
  /** The text of a file; null if it does not exist. */
  read(path: string): Promise<string | null>;
  /** Creates or replaces a file atomically; creates its directory. */
  write(path: string, text: string): Promise<void>;
  /** Removes a file and the leftovers of an interrupted `write`; no error if it does not exist. */
  remove(path: string): Promise<void>;
}
