import { PREFIX } from "./connection.js";

/** The queue that every worker takes parts from. */
export const PARTS = "parts";

/** The queue of one judgement, whose only job waits for all its parts. */
export function joinQueue(run: string): string {
  return `join-${run}`;
}

/** The ID of a part's job. */
export function partJob(run: string, index: number): string {
  return `${run}-${index}`;
}

/** Workers that are there, by the end of their last promise to be. */
export const WORKERS: string = `${PREFIX}:workers`;
/** Judgements under way, by their deadline: what is left of one after that is removed. */
export const RUNS: string = `${PREFIX}:runs`;

/** What was collected from a part. It expires. */
export function resultKey(run: string, index: number): string {
  return `${PREFIX}:run:${run}:${index}`;
}

/** There once a judgement has ended before all its parts were read. It expires. */
export function endedKey(run: string): string {
  return `${PREFIX}:run:${run}:ended`;
}
