import { MAX_ID, nextId, QscError } from "@qsc/contract";
import type { IdRange, SourcePart } from "@qsc/stream-reader";

/**
 * Proves that parts tile a range: the first begins where it does, each begins where the one before it ends, and the
 * last ends where it does. So none is missing, and none overlaps another.
 * @throws QscError `parts_unread`
 */
export function requireTiling(parts: readonly SourcePart[], range: IdRange): void {
  const [first] = parts;
  const last = parts.at(-1);
  if (first === undefined || last === undefined) throw untiled("there is none");
  if (!beginsAt(first, range)) throw untiled("the first does not begin where the range does");
  if (!endsAt(last, range)) throw untiled("the last does not end where the range does");
  for (const [index, part] of parts.entries()) {
    const before = parts[index - 1];
    if (before !== undefined && !isNext(before, part)) throw untiled(`part ${index + 1} does not follow part ${index}`);
  }
}

/** Lines of a log are in no order: each of its parts may have entries of the whole range. */
function beginsAt(part: SourcePart, { from, to }: IdRange): boolean {
  if (part.kind === "lines") return part.lineRange.from.at === 0 && part.range.from === from && part.range.to === to;
  return part.range.from === from && isWhole(part, { from, to });
}

function endsAt(part: SourcePart, { from, to }: IdRange): boolean {
  if (part.kind === "lines") return part.range.from === from && part.range.to === to;
  return part.range.to === to && isWhole(part, { from, to });
}

function isWhole({ whole }: Extract<SourcePart, { kind: "ids" }>, { from, to }: IdRange): boolean {
  return whole.from === from && whole.to === to;
}

function isNext(before: SourcePart, part: SourcePart): boolean {
  if (before.kind === "lines" && part.kind === "lines") {
    const { inode, to } = before.lineRange;
    const { from } = part.lineRange;
    return inode === part.lineRange.inode && to.at === from.at && isSameRange(before.range, part.range);
  }
  if (before.kind !== "ids" || part.kind !== "ids") return false;
  if (before.range.to === MAX_ID) return false;
  return nextId(before.range.to) === part.range.from && isSameRange(before.whole, part.whole);
}

function isSameRange(one: IdRange, other: IdRange): boolean {
  return one.from === other.from && one.to === other.to;
}

function untiled(why: string): QscError {
  return new QscError("parts_unread", `The parts of the range are not the range: ${why}. Run the command again.`);
}
