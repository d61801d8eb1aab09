/** A predictor's input: its own copy, which it may modify. */
export interface ModelInput {
  /** `rows` x `features` values, row-major, the oldest row first, every one finite. */
  readonly data: Float64Array;
  readonly rows: number;
  readonly features: number;
}

/** A predictor's answer. It is checked at run time, whatever the types promise. */
export interface Answer {
  /** One of the model's labels. */
  readonly label: string;
  /** In [0, 1]. */
  readonly confidence: number;
}

/** What a predictor is given besides its input. */
export interface CallContext {
  /** Aborted when the answer is overdue and will no longer be read. */
  readonly signal: AbortSignal;
}

/** Answers one input, synchronously or asynchronously. It may throw. */
export type Predict = (input: ModelInput, context: CallContext) => Answer | Promise<Answer>;
