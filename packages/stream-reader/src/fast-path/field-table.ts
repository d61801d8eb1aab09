/** The names and values of entries, as places in one stretch of bytes. */
export interface FieldTable {
  readonly bytes: Buffer;
  /** Begin and end of each name and each value, in turn. */
  readonly places: Int32Array;
}
