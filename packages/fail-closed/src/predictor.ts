/** What a predictor is given: its own copy, which it may scribble in. */
export interface ModelInput {
  /** `rows` x `features` values, row-major, the oldest row first, every one finite. */
  readonly data: Float64Array;
  readonly rows: number;
  readonly features: number;
}

/** What a predictor says. It is checked at run time, whatever the types promise. */
export interface Answer {
  /** One of the model's labels. */
  readonly label: string;
  /** In [0, 1]. */
  readonly confidence: number;
}

export interface CallContext {
  /** Aborted when the answer is overdue; nobody reads it any more then. */
  readonly signal: AbortSignal;
}

/** Answers one input, at once or later. It may throw. */
export type Predict = (input: ModelInput, context: CallContext) => Answer | Promise<Answer>;
