import { expect } from "vitest";
import { type StatsErrorCode, StatsError } from "../src/index.js";

/** Unit roundoff of a double. */
export const U = 2 ** -53;

/** Seeded generator in [0, 1): mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Standard normal draws (Box and Muller). */
export function gaussian(random: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

export function shuffled<T>(values: readonly T[], random: () => number): T[] {
  return values
    .map((value) => ({ value, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ value }) => value);
}

/** The value of a statistic that must be defined. */
export function defined<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error("expected a defined statistic");
  return value;
}

export function expectRefusal(act: () => unknown, code: StatsErrorCode): void {
  let thrown: unknown;
  try {
    act();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(StatsError);
  expect(thrown).toMatchObject({ code });
  expect((thrown as StatsError).message).toMatch(/expected/);
}

export const NOT_FINITE: readonly number[] = [NaN, Infinity, -Infinity];
