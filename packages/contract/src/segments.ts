/** What a policy may let decide beside the whole: each symbol by itself. */
export interface SegmentPolicy {
  readonly by: "symbol";
}

/** What a model does for a symbol that it is dead for. */
export const SEGMENT_FAULTS = ["one label", "one confidence", "no answer"] as const;
/** A fault for which a model counts as dead for a symbol. */
export type SegmentFault = (typeof SEGMENT_FAULTS)[number];

/** A model's answers for one symbol. */
export interface SegmentRow {
  readonly symbol: string;
  /** Decisions of that symbol, whether or not the model answered. */
  readonly decisions: number;
  readonly predictions: number;
  /** The share of each known label among the predictions; null without predictions. */
  readonly shares: Readonly<Record<string, number | null>>;
  /** The share of confidences within 0.001 of the symbol's previous one; null without a pair of them. */
  readonly unchanged: number | null;
  /** `violation`: the model is proven dead for the symbol; `unknown`: see `open`. */
  readonly status: "pass" | "violation" | "unknown";
  /** Why the status is unknown; null if it is not. */
  readonly open: "too few decisions" | "unread entries" | null;
  /** What most of the evidence is about; null without evidence. */
  readonly fault: SegmentFault | null;
  /** Decimal logarithm of the current evidence; conclusive from the threshold on. */
  readonly log10: number;
  readonly threshold: number;
  /** Decisions of the symbol at which the evidence became conclusive; null while it is not. */
  readonly since: number | null;
}

/** A model's answers symbol by symbol: of the first 256 symbols. */
export interface ModelSegments {
  readonly by: "symbol";
  /** Whether they decide: whether the policy says `segments: {by: symbol}`. */
  readonly decides: boolean;
  /** Sorted by symbol. */
  readonly rows: readonly SegmentRow[];
  /** Decisions of a symbol until one frozen answer is proven; null if that is never. */
  readonly needed: number | null;
  /** Decisions without a symbol, and of symbols beyond the first 256: they are not tested. */
  readonly withoutSymbol: number;
  readonly further: number;
}
