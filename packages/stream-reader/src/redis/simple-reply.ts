/** What Redis answers, but for pages of entries: text and numbers, lists of them, or nothing. */
export type Reply = Buffer | number | null | Error | readonly Reply[];

/** A reply and where it ends. */
interface Read {
  readonly reply: Reply;
  readonly end: number;
}

/** It is not all there: so many bytes have to be, at the least, before it is worth another look. */
interface Missing {
  readonly needed: number;
}

/** Reads one reply of RESP 2. @throws TypeError for bytes that are none */
export function readReply(bytes: Buffer, from: number): Read | Missing {
  const lineEnd = bytes.indexOf("\r\n", from);
  if (lineEnd < 0) return { needed: bytes.length + 1 };
  const line = bytes.toString("utf8", from + 1, lineEnd);
  const next = lineEnd + 2;
  switch (bytes[from]) {
    case 0x2b:
      return { reply: Buffer.from(line), end: next };
    case 0x2d:
      return { reply: new Error(line), end: next };
    case 0x3a:
      return { reply: Number(line), end: next };
    case 0x24:
      return readBulk(bytes, next, lengthOf(line));
    case 0x2a:
      return readList(bytes, next, lengthOf(line));
    default:
      throw new TypeError(`Protocol error: a reply that begins with byte ${bytes[from] ?? -1}`);
  }
}

function readBulk(bytes: Buffer, from: number, length: number): Read | Missing {
  if (length < 0) return { reply: null, end: from };
  const end = from + length;
  return end + 2 > bytes.length ? { needed: end + 2 } : { reply: Buffer.from(bytes.subarray(from, end)), end: end + 2 };
}

function readList(bytes: Buffer, from: number, length: number): Read | Missing {
  if (length < 0) return { reply: null, end: from };
  const replies: Reply[] = [];
  let end = from;
  for (let index = 0; index < length; index += 1) {
    const read = readReply(bytes, end);
    if ("needed" in read) return read;
    replies.push(read.reply);
    end = read.end;
  }
  return { reply: replies, end };
}

function lengthOf(line: string): number {
  if (/^(?:-1|\d{1,10})$/.test(line)) return Number(line);
  throw new TypeError(`Protocol error: the length '${line.slice(0, 40)}'`);
}
