import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Sparing } from "../../src/observe/sparing.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function sparing() {
  const said: [string, number][] = [];
  const lines = new Sparing();
  return {
    said,
    lines,
    tell: (kind: string, text = kind) => {
      lines.tell(kind, (times) => said.push([text, times]));
    },
  };
}

test("the first event of a kind is logged at once; after that, once a minute, the last one with the count", () => {
  const { said, tell } = sparing();
  for (let n = 0; n < 4000; n += 1) tell("a", `a ${n}`);
  expect(said).toEqual([["a 0", 1]]);
  vi.advanceTimersByTime(60_000);
  expect(said).toEqual([
    ["a 0", 1],
    ["a 3999", 3999],
  ]);
  tell("a", "a again");
  vi.advanceTimersByTime(59_999);
  expect(said).toHaveLength(2);
  vi.advanceTimersByTime(1);
  expect(said.slice(2)).toEqual([["a again", 1]]);
});

test("after a minute without one, the next is logged at once", () => {
  const { said, tell } = sparing();
  tell("a");
  vi.advanceTimersByTime(60_000);
  expect(vi.getTimerCount()).toBe(0);
  tell("a");
  expect(said).toEqual([
    ["a", 1],
    ["a", 1],
  ]);
});

test("kinds do not hold each other back", () => {
  const { said, tell } = sparing();
  for (const kind of ["a", "b", "a", "b", "b"]) tell(kind);
  expect(said).toEqual([
    ["a", 1],
    ["b", 1],
  ]);
});

test("what is held back at the end is logged then, so every event is in the count of one line", () => {
  const { said, lines, tell } = sparing();
  for (const kind of ["a", "b", "a", "b", "b", "c"]) tell(kind);
  lines.flush();
  expect(said).toEqual([
    ["a", 1],
    ["b", 1],
    ["c", 1],
    ["a", 1],
    ["b", 2],
  ]);
  expect(vi.getTimerCount()).toBe(0);
});
