import { MAX_ID, nextId, QscError } from "@qsc/contract";
import type { IdRange, SourcePart } from "@qsc/stream-reader";

/** A part, as far as its neighbours are concerned. */
interface Tile {
  /** What it is a part of. */
  readonly whole: IdRange;
  /** What all parts of one division share: the form of a part, and the file or stream. */
  readonly of: string;
  /** Where it begins, and where the next one has to; null: there can be none. */
  readonly from: string;
  readonly next: string | null;
  /** Whether it begins and ends where the whole does, as far as a part can tell. */
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

/**
 * Proves that parts tile a range: the first begins where it does, each begins where the one before it ends, and the
 * last ends where it does. So none is missing, and none overlaps another. Where a log ends, and which numbers of a
 * stream are in a range, only the source knows.
 * @throws QscError `parts_unread`
 */
export function requireTiling(parts: readonly SourcePart[], range: IdRange): void {
  const tiles = parts.map(tileOf);
  if (tiles[0]?.isFirst !== true) throw untiled("the first does not begin where the range does");
  if (tiles.at(-1)?.isLast !== true) throw untiled("the last does not end where the range does");
  for (const [index, { whole, of, from }] of tiles.entries()) {
    if (whole.from !== range.from || whole.to !== range.to) throw untiled(`part ${index + 1} is of another range`);
    const before = tiles[index - 1];
    if (before !== undefined && (before.of !== of || before.next !== from))
      throw untiled(`part ${index + 1} does not follow part ${index}`);
  }
}

function tileOf(part: SourcePart): Tile {
  const { range } = part;
  switch (part.kind) {
    case "ids": {
      const { whole } = part;
      const next = range.to === MAX_ID ? null : nextId(range.to);
      const [isFirst, isLast] = [range.from === whole.from, range.to === whole.to];
      return { whole, of: "IDs", from: range.from, next, isFirst, isLast };
    }
    // Lines are in no order: each part may have entries of the whole range.
    case "lines": {
      const { inode, from, to } = part.lineRange;
      const ends = { from: String(from.at), next: String(to.at), isFirst: from.at === 0, isLast: true };
      return { whole: range, of: `lines of file ${inode}`, ...ends };
    }
    case "sequences": {
      const { created, from, to } = part.sequences;
      const ends = { from: String(from), next: String(to + 1), isFirst: true, isLast: true };
      return { whole: range, of: `messages of ${created}`, ...ends };
    }
  }
}

function untiled(why: string): QscError {
  return new QscError("parts_unread", `The parts of the range are not the range: ${why}. Run the command again.`);
}
