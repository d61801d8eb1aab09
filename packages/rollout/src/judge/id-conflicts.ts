import { compareIds, idTime, type EntryId } from "@qsc/contract";
import { DUPLICATE_HORIZON, DuplicateFilter } from "@qsc/violations";

/** The number of blocks of IDs in the horizon; one more is being filled. */
const BLOCKS = 4;
const BLOCK_IDS = DUPLICATE_HORIZON / BLOCKS;

/** IDs in ascending order, and hashes of their decisions. */
interface Block {
  /** In milliseconds, as precise as a double. */
  readonly times: Float64Array<ArrayBuffer>;
  readonly hashes: Uint32Array<ArrayBuffer>;
  readonly decisions: Uint32Array<ArrayBuffer>;
  size: number;
}

interface Ends {
  readonly low: EntryId;
  readonly high: EntryId;
}

/** What the `IdConflictDetector` of a part knows, as plain data: enough to tell whether an ID is in two parts. */
export interface IdsSeen {
  /** The IDs that were greater than all before them, the oldest block first; the first blocks may be missing. */
  readonly blocks: readonly Block[];
  readonly isComplete: boolean;
  /**
   * The smallest and the greatest of all IDs, and of those that were not greater than all before them; null if there
   * are none.
   */
  readonly all: Ends | null;
  readonly late: Ends | null;
}

/**
 * Detects an ID that returns with another decision, among at least the last DUPLICATE_HORIZON IDs. IDs in ascending
 * order cost one comparison and 16 bytes each; only an ID that is not greater than all before it is looked up.
 */
export class IdConflictDetector {
  /** The oldest first. */
  #blocks: readonly Block[] = [];
  #isComplete = true;
  #low: EntryId | null = null;
  #high: EntryId | null = null;
  #late: Ends | null = null;
  #lateOnes: DuplicateFilter | null = null;

  /** Whether the ID was seen before with another decision. */
  isConflict(id: EntryId, decisionKey: string): boolean {
    if (this.#low === null || this.#high === null || compareIds(id, this.#high) > 0) {
      this.#low ??= id;
      this.#high = id;
      this.#append(id, decisionKey);
      return false;
    }
    const known = decisionOf(this.#blocks, idTime(id), hashOf(id));
    if (known !== null) return known !== hashOf(decisionKey);
    if (compareIds(id, this.#low) < 0) this.#low = id;
    this.#late = covering(this.#late, id);
    this.#lateOnes ??= new DuplicateFilter();
    return this.#lateOnes.see(id, decisionKey) === "conflict";
  }

  seen(): IdsSeen {
    const all = this.#low === null || this.#high === null ? null : { low: this.#low, high: this.#high };
    return { blocks: this.#blocks, isComplete: this.#isComplete, all, late: this.#late };
  }

  #append(id: EntryId, decisionKey: string): void {
    const block = this.#unfilled();
    block.times[block.size] = idTime(id);
    block.hashes[block.size] = hashOf(id);
    block.decisions[block.size] = hashOf(decisionKey);
    block.size += 1;
  }

  #unfilled(): Block {
    const last = this.#blocks.at(-1);
    if (last !== undefined && last.size < BLOCK_IDS) return last;
    const next = {
      times: new Float64Array(BLOCK_IDS),
      hashes: new Uint32Array(BLOCK_IDS),
      decisions: new Uint32Array(BLOCK_IDS),
      size: 0,
    };
    this.#isComplete &&= this.#blocks.length <= BLOCKS;
    this.#blocks = [...this.#blocks.slice(-BLOCKS), next];
    return next;
  }
}

/** Whether one detector over both parts might have met an ID of the later one in the earlier one. */
export function mayShareIds(earlier: IdsSeen, later: IdsSeen): boolean {
  const { all } = earlier;
  if (all === null || later.all === null || compareIds(later.all.low, all.high) > 0) return false;
  if (earlier.late !== null && compareIds(later.all.low, earlier.late.high) <= 0) return true;
  if (later.late !== null && compareIds(later.late.low, all.high) <= 0) return true;
  const end = idTime(all.high);
  return (
    !later.isComplete ||
    later.blocks.some(({ times, hashes, size }) => {
      for (let at = 0; at < size && (times[at] ?? 0) <= end; at += 1) {
        if (decisionOf(earlier.blocks, times[at] ?? 0, hashes[at] ?? 0) !== null) return true;
      }
      return false;
    })
  );
}

/** The decision of the ID with this time and hash; null if these blocks do not have it. */
function decisionOf(blocks: readonly Block[], time: number, hash: number): number | null {
  for (const block of blocks) {
    const { times, hashes, decisions, size } = block;
    for (let at = firstNotBefore(block, time); at < size && times[at] === time; at += 1) {
      if (hashes[at] === hash) return decisions[at] ?? null;
    }
  }
  return null;
}

function firstNotBefore({ times, size }: Block, time: number): number {
  let from = 0;
  for (let to = size; from < to;) {
    const middle = (from + to) >>> 1;
    if ((times[middle] ?? 0) < time) from = middle + 1;
    else to = middle;
  }
  return from;
}

function covering(ends: Ends | null, id: EntryId): Ends {
  if (ends === null) return { low: id, high: id };
  return { low: compareIds(id, ends.low) < 0 ? id : ends.low, high: compareIds(id, ends.high) > 0 ? id : ends.high };
}

/** FNV-1a over UTF-16 code units. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
