/** The names and values of entries, as positions in one block of bytes. */
export interface FieldTable {
  readonly bytes: Buffer;
  /** The begin and end of each name and value, in turn. */
  readonly places: Int32Array;
}
