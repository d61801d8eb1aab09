import { expect } from "vitest";
import { LONGEST_LIFE_MS } from "./life.js";

declare module "vitest" {
  interface TaskMeta {
    /** The longest that a canary lived in the test, violated or without a judgement, in milliseconds. */
    longestLifeMs?: number;
  }
}

/** Checks a test against the longest life that a canary may have, and records it for `npm run longest-canary`. */
export function recordLife(task: { readonly meta: { longestLifeMs?: number } }, longestMs: number): void {
  task.meta.longestLifeMs = Math.max(task.meta.longestLifeMs ?? 0, longestMs);
  expect(longestMs).toBeLessThan(LONGEST_LIFE_MS);
}
