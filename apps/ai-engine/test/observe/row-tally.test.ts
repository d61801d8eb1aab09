import { expect, test } from "vitest";
import type { Refusal } from "../../src/feed/admission.js";
import { RowTally } from "../../src/observe/row-tally.js";

const OLD: Refusal = { reason: "too_old", detail: "1-0 is old", leavesHole: true };
const LIMIT_MS = 60_000;

function tally() {
  const clock = { now: 0 };
  return { clock, rows: new RowTally(() => clock.now) };
}

test("reports nothing before any row", () => {
  const { rows } = tally();
  expect([rows.refusals, rows.unusable, rows.isUnusable, rows.onlyRefused(LIMIT_MS)]).toEqual([
    {},
    { rows: 0, of: 0 },
    false,
    null,
  ]);
});

test("one refused row among good ones is not reported until no row was admitted for the limit", () => {
  const { clock, rows } = tally();
  rows.decided(true);
  rows.refused(OLD);
  clock.now = LIMIT_MS;
  expect(rows.onlyRefused(LIMIT_MS)).toBeNull();
  clock.now += 1;
  expect(rows.onlyRefused(LIMIT_MS)).toBe(OLD);
  rows.decided(true);
  expect([rows.onlyRefused(LIMIT_MS), rows.refusals]).toEqual([null, { too_old: 1 }]);
});

test("the tenth refused row in succession is reported at once, and so is the first if no row was ever admitted", () => {
  const { rows } = tally();
  rows.decided(true);
  for (let n = 0; n < 9; n += 1) rows.refused(OLD);
  expect(rows.onlyRefused(LIMIT_MS)).toBeNull();
  rows.refused(OLD);
  expect(rows.onlyRefused(LIMIT_MS)).toBe(OLD);
  const fresh = tally().rows;
  fresh.refused(OLD);
  expect(fresh.onlyRefused(LIMIT_MS)).toBe(OLD);
});

test("without any row, silence does not count as refusal", () => {
  const { clock, rows } = tally();
  rows.decided(true);
  clock.now = 10 * LIMIT_MS;
  expect(rows.onlyRefused(LIMIT_MS)).toBeNull();
});

test("of the newest hundred rows, at least ten: exactly half unusable is too many, one less is not", () => {
  const { rows } = tally();
  for (let n = 0; n < 9; n += 1) rows.unreadable();
  expect(rows.isUnusable).toBe(false);
  rows.decided(false);
  expect([rows.isUnusable, rows.unusable]).toEqual([true, { rows: 10, of: 10 }]);
  for (let n = 0; n < 90; n += 1) rows.decided(n >= 40);
  expect([rows.isUnusable, rows.unusable]).toEqual([true, { rows: 50, of: 100 }]);
  rows.decided(true);
  expect([rows.isUnusable, rows.unusable]).toEqual([false, { rows: 49, of: 100 }]);
});
