import { runInNewContext } from "node:vm";

import { expect, it } from "vitest";

import { mutantsOf } from "../mutate.js";
import { withProbes } from "../reach.js";

const text = `const limit = 10;
function isHigh(n, least = n < limit) {
  const over = (a) => a > n;
  return { least, deep: () => ({ over: over(n) || n === 4 }) };
}
class Card {
  add() {
    return 1 >= 2;
  }
}
`;

/** What the code gives at its end, and the probes that it reached. */
function run(code: string): { value: unknown; reached: string[] } {
  const reached: string[] = [];
  const value: unknown = runInNewContext(code, { __qscReached: (probe: string) => reached.push(probe) });
  return { value, reached };
}

const probeOf = (from: string) => mutantsOf("a.ts", text).find((mutant) => mutant.from === from)?.probe ?? "no mutant";

it("a probe says which functions were entered, and changes nothing else", () => {
  const call = "JSON.stringify([isHigh(3), isHigh(3).deep()])";
  const { value, reached } = run(withProbes("a.ts", text) + call);
  expect(value).toBe(run(text + call).value);
  expect(new Set(reached)).toEqual(
    new Set(["a.ts:0", `a.ts:${text.indexOf("{")}`, probeOf("n === 4"), probeOf("a > n")]),
  );
});

it("what a function is given is behind the probe of what is around it", () => {
  expect(probeOf("n < limit")).toBe("a.ts:0");
  expect(probeOf("10")).toBe("a.ts:0");
});

it("a function that was not entered is not reached", () => {
  expect(run(withProbes("a.ts", text) + "isHigh(3); new Card();").reached).not.toContain(probeOf("1 >= 2"));
  expect(run(withProbes("a.ts", text) + "new Card().add();").reached).toContain(probeOf("1 >= 2"));
});
