import { QscError, type ErrorCode } from "@qsc/contract";

/** Far more than any settings, policy or manifest needs. */
const MOST_BYTES = 8 * 1024 * 1024;

/**
 * The text of a file that an option names.
 * @throws QscError with the code, naming the file and the reason: also if another user could have written it
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

/** @throws QscError with the code if another user could change what is at a path. A missing path is allowed. */
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
  const advice =
    "It must belong to root or to the user that runs qsc, and no other user, or group with other members, may write to it or to a directory above it";
  return new QscError(
    code,
    `${what} ${path} is not safe to read: ${why}. ${advice}: fix that with chown and chmod, or keep it elsewhere.`,
  );
}

/** The encoding of a file that is not UTF-8: its text would be misread. */
function otherEncoding(bytes: Buffer): string | null {
  const [first, second] = bytes;
  const hasMark = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  if (hasMark || bytes.includes(0)) return "UTF-16, or not text";
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return null;
  } catch {
    return "not UTF-8";
  }
}
