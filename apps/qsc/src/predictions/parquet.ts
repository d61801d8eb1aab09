import { unknownColumn, unreadable } from "./faults.js";
import { namedColumns, type Columns, type Row } from "./row.js";

/** A whole file in memory is the limit of standard input and of compressed files; far more than predictions need. */
const MOST_BYTES = 2 * 1024 ** 3;

/**
 * The rows of a Parquet file, read one row group at a time, and only the columns asked for.
 * @throws QscError `unknown_column`; `predictions_unreadable` for a file that is cut off or damaged
 */
export async function* parquetRows(
  bytes: AsyncIterable<Buffer>,
  { path, columns }: { readonly path: string; readonly columns: Columns },
): AsyncGenerator<Row> {
  const [{ parquetMetadataAsync, parquetReadObjects, parquetSchema }, { compressors }] = await Promise.all([
    import("hyparquet"),
    import("hyparquet-compressors"),
  ]);
  const file = await wholeOf(bytes, path);
  const reading = async <T>(what: string, read: () => Promise<T>): Promise<T> => {
    try {
      return await read();
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw unreadable(path, `is Parquet whose ${what} cannot be read: ${why}`, cause);
    }
  };
  const metadata = await reading("end", () => parquetMetadataAsync(file));
  const names = parquetSchema(metadata).children.map(({ element }) => element.name);
  const named = namedColumns(columns);
  for (const [, name] of named) if (!names.includes(name)) throw unknownColumn(path, name, names);
  let before = 0;
  for (const { num_rows: rows } of metadata.row_groups) {
    const [rowStart, rowEnd] = [before, before + Number(rows)];
    const options = {
      file,
      metadata,
      compressors,
      columns: [...new Set(named.map(([, name]) => name))],
      rowStart,
      rowEnd,
    };
    const objects = await reading(`rows from ${rowStart} on`, () => parquetReadObjects(options));
    if (objects.length !== rowEnd - rowStart)
      throw unreadable(path, `has ${objects.length} of ${rowEnd - rowStart} rows from ${rowStart} on`);
    for (const [index, object] of objects.entries()) {
      const cells = Object.fromEntries(named.map(([key, name]) => [key, object[name] as unknown]));
      yield { place: `row ${rowStart + index}`, cells };
    }
    before = rowEnd;
  }
}

/** A file's footer comes first, so all of it is needed. */
async function wholeOf(bytes: AsyncIterable<Buffer>, path: string): Promise<ArrayBuffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MOST_BYTES) throw unreadable(path, "is larger than 2 GiB; split it");
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole.buffer;
}
