/**
 * The few things that are done to unit files, here or on another machine. A change is on the disk when its promise
 * resolves. Every method rejects with a `ServiceError`: `service_permission` or `dropin_failed`.
 */
export interface Files {
  /** The text of a file; null where there is none. */
  read(path: string): Promise<string | null>;
  /** Puts a text in the place of a file, or of none, at once; makes the directory it is in. */
  write(path: string, text: string): Promise<void>;
  /** Removes a file, and what an interrupted `write` of it has left; no error where there is none. */
  remove(path: string): Promise<void>;
}
