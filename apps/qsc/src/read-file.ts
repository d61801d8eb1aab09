import { QscError, type ErrorCode } from "@qsc/contract";
import { readRegularFile } from "./read-regular-file.js";

/** Far more than any settings, policy or manifest needs. */
const MOST_BYTES = 8 * 1024 * 1024;

/** The text of a file that an option names. @throws QscError of the code, naming the file and why. */
export async function readOptionFile(what: string, path: string, code: ErrorCode): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readRegularFile(path, MOST_BYTES);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new QscError(code, `${what} ${path} cannot be read: ${why}.`, { cause });
  }
  const encoding = otherEncoding(bytes);
  if (encoding !== null) throw new QscError(code, `${what} ${path} is ${encoding}; save it as UTF-8.`);
  return bytes.toString("utf8");
}

/** What a file is written in where that is not UTF-8: a text read as something else would be another text. */
function otherEncoding(bytes: Buffer): string | null {
  const [first, second] = bytes;
  const hasMark = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  if (hasMark || bytes.includes(0)) return "UTF-16, or no text";
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return null;
  } catch {
    return "not UTF-8";
  }
}
