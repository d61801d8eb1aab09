import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { isolated } from "../../src/observe/isolated.js";

test.each<[string, () => unknown]>([
  [
    "throws",
    () => {
      throw new Error("broken");
    },
  ],
  ["rejects", () => Promise.reject(new Error("broken"))],
])("a listener that %s is reported once, and its caller does not notice", async (_, listener) => {
  const said: unknown[] = [];
  const quiet = isolated("metrics", listener, (name, thrown) => said.push([name, (thrown as Error).message]));
  for (let n = 0; n < 3; n += 1) expect(quiet).not.toThrow();
  await setImmediate();
  expect(said).toEqual([["metrics", "broken"]]);
});

test("a report that throws does not disturb the caller either", () => {
  const quiet = isolated(
    "log",
    () => {
      throw new Error("broken");
    },
    () => {
      throw new Error("broken too");
    },
  );
  expect(quiet).not.toThrow();
});

test("a good listener receives its arguments", () => {
  const given: unknown[] = [];
  isolated(
    "x",
    (a: number, b: string) => given.push(a, b),
    () => undefined,
  )(1, "b");
  expect(given).toEqual([1, "b"]);
});
