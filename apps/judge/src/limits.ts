/** What one judge gives to its clients. Whatever is beyond a limit is refused, and never judged in part. */
export interface Limits {
  /** Bytes of a body as it is sent. */
  readonly bodyBytes: number;
  /** Bytes of a body after decompression. */
  readonly textBytes: number;
  /** Predictions of a body that are sorted by their time: all of them are in memory then. */
  readonly sortedRows: number;
  /** Bytes of the body of a question: a webhook or a measurement. */
  readonly questionBytes: number;
  /** Until that body is there, in milliseconds. */
  readonly questionMs: number;
  /** From the call of the hook `rollback` to its answer, in milliseconds: Flagger takes none for "do not roll back". */
  readonly rollbackMs: number;
  /** Connections at a time; a further one is closed. */
  readonly connections: number;
  /** Bodies that are judged at a time. */
  readonly judgements: number;
  /** Questions about the telemetry that are answered at a time, and those that wait for their turn. */
  readonly verdicts: number;
  readonly waitingVerdicts: number;
  /** From the headers of a request to its answer, in milliseconds. */
  readonly requestMs: number;
  /** Requests a second of a token that names no rate of its own, and how many may come at once. */
  readonly rate: number;
  /** How long the requests under way may take after the judge was told to end, in milliseconds. */
  readonly drainMs: number;
}

export const LIMITS: Limits = {
  bodyBytes: 32 * 1024 * 1024,
  textBytes: 128 * 1024 * 1024,
  sortedRows: 500_000,
  questionBytes: 64 * 1024,
  questionMs: 5000,
  rollbackMs: 8000,
  connections: 512,
  judgements: 64,
  verdicts: 2,
  waitingVerdicts: 32,
  requestMs: 30_000,
  rate: 100,
  drainMs: 20_000,
};
