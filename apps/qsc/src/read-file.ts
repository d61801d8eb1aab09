import { QscError, type ErrorCode } from "@qsc/contract";

/** Far more than any settings, policy or manifest needs. */
const MOST_BYTES = 8 * 1024 * 1024;

/**
 * The text of a file that an option names.
 * @throws QscError of the code, naming the file and why: also where someone else could have written it
 */
export async function readOptionFile(what: string, path: string, code: ErrorCode): Promise<string> {
  const bytes = await bytesOf(what, path, code);
  const encoding = otherEncoding(bytes);
  if (encoding !== null) throw new QscError(code, `${what} ${path} is ${encoding}; save it as UTF-8.`);
  return bytes.toString("utf8");
}

async function bytesOf(what: string, path: string, code: ErrorCode): Promise<Buffer> {
  const { readTrusted } = await import("@qsc/rollout/judging");
  const read = await readTrusted(path, MOST_BYTES).catch((cause: unknown) => {
    throw unreadable(what, path, code, cause);
  });
  if ("distrusted" in read) throw notRead(what, path, code, read.distrusted);
  return read.bytes;
}

/** @throws QscError of the code where someone else could change what is at a path. What is not there is no one's. */
export async function requireOwn(what: string, path: string, code: ErrorCode): Promise<void> {
  const { trust } = await import("@qsc/rollout/judging");
  const judged = await trust(path).catch((cause: unknown) => {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return null;
    throw unreadable(what, path, code, cause);
  });
  if (judged !== null && "distrusted" in judged) throw notRead(what, path, code, judged.distrusted);
}

function unreadable(what: string, path: string, code: ErrorCode, cause: unknown): QscError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new QscError(code, `${what} ${path} cannot be read: ${why}.`, { cause });
}

function notRead(what: string, path: string, code: ErrorCode, why: string): QscError {
  const advice = "It has to belong to root or to the user that runs qsc, and no one else may write to it or to a directory above it, nor a group with other members";
  return new QscError(code, `${what} ${path} is not read: ${why}. ${advice}: see chown and chmod, or keep it elsewhere.`);
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
