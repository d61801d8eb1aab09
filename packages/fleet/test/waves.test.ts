import fc from "fast-check";
import { expect, test } from "vitest";
import { wavesOf } from "../src/index.js";

const hosts = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at);

test.each([
  [20, "1,10%,100%", [1, 1, 18]],
  [30, "1,10%,100%", [1, 2, 27]],
  [3, "1,10%,100%", [1, 2]],
  [1, "1,10%,100%", [1]],
  [5, "2,5", [2, 3]],
  [5, "50%,100%", [3, 2]],
  [5, "9", [5]],
])("%d hosts in %s", (count, text, sizes) => {
  expect(wavesOf(hosts(count), text).map((wave) => wave.length)).toEqual(sizes);
});

test.each(["", "0", "1", "1,50%", "2,1,100%", "101%", "x", "1.5,100%", "-1,100%", "1,,100%"])(
  "'%s' is refused",
  (text) => {
    expect(() => wavesOf(hosts(10), text)).toThrow("--waves");
  },
);

test("whatever the waves are, each host is in one of them, in its order", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), fc.array(fc.integer({ min: 1, max: 100 })), (count, percents) => {
      const text = [...percents.toSorted((a, b) => a - b), 100].map((percent) => `${percent}%`).join(",");
      expect(wavesOf(hosts(count), text).flat()).toEqual(hosts(count));
    }),
  );
});
