import fc from "fast-check";
import { expect, test } from "vitest";
import { BACKOFF, backoffMs } from "../../src/outbox/backoff.js";
import { retryAfterOf } from "../../src/http/post.js";

test("the waits double up to the ceiling, of which at least half is always waited", () => {
  const most = [1, 2, 3, 4, 9, 10, 100, 1e9].map((attempts) => backoffMs(attempts, null, 0.999_999, BACKOFF));
  expect(most.map(Math.round)).toEqual([1000, 2000, 4000, 8000, 256_000, 300_000, 300_000, 300_000]);
  expect(backoffMs(100, null, 0)).toBe(150_000);
});

test("whatever is asked for and drawn, a wait is above zero and not above the ceiling", () => {
  const asked = fc.option(fc.integer({ min: 0, max: 1e12 }));
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1e6 }),
      asked,
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (n, ms, random) => {
        const wait = backoffMs(n, ms, random);
        expect(wait).toBeGreaterThan(0);
        expect(wait).toBeLessThanOrEqual(BACKOFF.mostMs);
        if (ms !== null && ms <= BACKOFF.mostMs) expect(wait).toBeGreaterThanOrEqual(ms);
      },
    ),
  );
});

test("Retry-After is seconds or a date, and nothing else counts", () => {
  const now = Date.UTC(2026, 0, 1);
  expect(retryAfterOf("120", now)).toBe(120_000);
  expect(retryAfterOf("Thu, 01 Jan 2026 00:00:07 GMT", now)).toBe(7_000);
  expect(retryAfterOf("Wed, 31 Dec 2025 00:00:00 GMT", now)).toBe(0);
  for (const value of ["soon", "", "-1x", undefined]) expect(retryAfterOf(value, now)).toBeNull();
});
