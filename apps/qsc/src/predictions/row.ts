/** The columns that are read, by what they hold; null: not read. */
export interface Columns {
  readonly label: string | null;
  readonly score: string | null;
  readonly time: string | null;
  readonly segment: string | null;
  readonly latency: string | null;
}

/** The values of a row, by what they hold; undefined for a column that is not read. */
export type Cells = { readonly [Key in keyof Columns]?: unknown };

/** A row of a file: its cells, or why it has none. */
export type Row = { readonly place: string } & ({ readonly cells: Cells } | { readonly fault: string });

/** What a column holds, and its name, for each that is read. */
export function namedColumns(columns: Columns): readonly (readonly [key: keyof Columns, name: string])[] {
  return (Object.entries(columns) as [keyof Columns, string | null][]).flatMap(([key, name]) =>
    name === null ? [] : [[key, name] as const],
  );
}
