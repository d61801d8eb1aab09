import { unreadable } from "./faults.js";

/** No row of predictions is as long: a quotation mark that is never closed would fill the memory. */
export const LONGEST_ROW = 1024 * 1024;

/**
 * The text of bytes in UTF-8, without a byte order mark.
 * @throws QscError `predictions_unreadable` for another encoding
 */
export async function* textOf(bytes: AsyncIterable<Buffer>, path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const decoded = (chunk?: Buffer): string => {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
    } catch (cause) {
      throw unreadable(path, "is not UTF-8; save it as UTF-8", cause);
    }
  };
  for await (const chunk of bytes) {
    const text = decoded(chunk);
    if (text.includes("\0")) throw unreadable(path, "is not UTF-8 text, perhaps UTF-16; save it as UTF-8");
    yield text;
  }
  yield decoded();
}

/** The lines of a text, without their ends. @throws QscError `predictions_unreadable` for one that is far too long */
export async function* linesOf(texts: AsyncIterable<string>, path: string): AsyncGenerator<string> {
  let rest = "";
  for await (const text of texts) {
    const lines = `${rest}${text}`.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield line.endsWith("\r") ? line.slice(0, -1) : line;
    if (rest.length > LONGEST_ROW) throw unreadable(path, `has a line of more than ${LONGEST_ROW} characters`);
  }
  if (rest !== "") yield rest;
}
