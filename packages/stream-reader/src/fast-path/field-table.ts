/** The names and values of entries, as places in one range of lines of bytes. */
export interface FieldTable {
  readonly bytes: Buffer;
  /** Begin and end of each name and each value, in turn. */
  readonly places: Int32Array;
}
