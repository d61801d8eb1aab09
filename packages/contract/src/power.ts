import type { SegmentFault } from "./segments.js";

/** What a watch could see of one limit. */
export interface PowerRow {
  readonly check: string;
  /** `<check>.<measure>`. */
  readonly limit: string;
  /** The gross fault that it finds last, in words. */
  readonly fault: string;
  /** Bursts of decisions until it is found, if it begins with the watch; null if it is not found. */
  readonly observations: number | null;
  /** The same in decisions, and in minutes, at the rate that was judged; null if that is unknown. */
  readonly decisions: number | null;
  readonly minutes: number | null;
  /** Bursts of decisions until it is found, if it begins late; null if it is not found. */
  readonly late: number | null;
  /** Whether it is found within half of the watch even then. If not, its point estimate ends the watch at once. */
  readonly inTime: boolean;
}

/** What a watch could see of a model that is dead for one symbol. */
export interface SymbolPowerRow {
  readonly fault: SegmentFault;
  /** The label that is repeated: of the acting ones, and of the abstaining ones, that which is found last. */
  readonly label: string | null;
  /** Decisions of that symbol until it is found, if it begins with the watch; null if it is not found. */
  readonly decisions: number | null;
  /** The same if it begins after 512 healthy decisions of the symbol. */
  readonly late: number | null;
  /** `decisions` in minutes, at the average pace of a symbol; null if that is unknown. */
  readonly minutes: number | null;
}

/** What the sequential tests of a watch could see of one model. */
export interface WatchPower {
  readonly model: string;
  readonly durationMs: number;
  readonly rows: readonly PowerRow[];
  /** The same of each symbol by itself. Documents written by earlier versions lack it. */
  readonly symbols?: {
    /** Whether a dead symbol ends the watch: whether the policy says `segments: {by: symbol}`. */
    readonly decides: boolean;
    /** Symbols that were judged; null if that is unknown. */
    readonly known: number | null;
    readonly rows: readonly SymbolPowerRow[];
  };
}
