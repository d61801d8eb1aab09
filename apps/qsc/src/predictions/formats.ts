/** The forms of a file of predictions. */
export const FORMATS = ["csv", "jsonl", "json", "parquet"] as const;
export type Format = (typeof FORMATS)[number];
