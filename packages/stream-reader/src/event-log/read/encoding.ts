import { QscError } from "@qsc/contract";

/** How a text begins in an encoding: its byte order mark, or two ASCII characters; `x` is any byte but zero. */
const BEGINNINGS: readonly (readonly [encoding: string, head: readonly (number | "x")[]])[] = [
  ["UTF-32", [0xff, 0xfe, 0, 0]],
  ["UTF-32", [0, 0, 0xfe, 0xff]],
  ["UTF-32LE", ["x", 0, 0, 0]],
  ["UTF-32BE", [0, 0, 0, "x"]],
  ["UTF-16", [0xff, 0xfe]],
  ["UTF-16", [0xfe, 0xff]],
  ["UTF-16LE", ["x", 0, "x", 0]],
  ["UTF-16BE", [0, "x", 0, "x"]],
];

/**
 * Refuses UTF-16 at once. Otherwise every line would become a rejection, with a reason that helps no one.
 * @throws QscError `source_unreadable` if a log begins like UTF-16 or UTF-32.
 */
export function assertUtf8Head(path: string, head: Buffer): void {
  const encoding = BEGINNINGS.find(([, beginning]) => begins(head, beginning))?.[0];
  if (encoding === undefined) return;
  throw new QscError(
    "source_unreadable",
    `The event log '${path}' is ${encoding}, not UTF-8: write it as UTF-8, and save this one as UTF-8 (iconv -f ${encoding} -t UTF-8).`,
  );
}

function begins(head: Buffer, beginning: readonly (number | "x")[]): boolean {
  return (
    head.length >= beginning.length &&
    beginning.every((byte, at) => (byte === "x" ? head[at] !== 0 : head[at] === byte))
  );
}
