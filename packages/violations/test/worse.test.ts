import type { CheckResult, CheckStatus } from "@qsc/contract";
import { describe, expect, test } from "vitest";
import { worse, worseOfEach } from "../src/checks/worse.js";

function check(status: CheckStatus, waived = false, id = "own"): CheckResult {
  return { id, status, value: 1, limit: 0, n: 1, interval: null, reason: `it is ${status}`, waived, conditions: [] };
}

/** From the best to the worst. */
const GRADES = [check("pass"), check("unknown", true), check("unknown"), check("violation")];

describe("the worse of two results", () => {
  const pairs = GRADES.flatMap((distinct, a) => GRADES.map((all, b) => ({ distinct, all, isWorse: b > a })));

  test.each(pairs)(
    "of $distinct.status ($distinct.waived) over distinct decisions and $all.status ($all.waived) over all entries",
    ({ distinct, all, isWorse }) => {
      const found = worse(distinct, all);
      expect(found).toEqual(isWorse ? { ...all, reason: `${all.reason} (counting repeated entries)` } : distinct);
    },
  );

  test("is chosen check by check", () => {
    const [a, b] = [check("pass", false, "a"), check("violation", false, "b")];
    expect(
      worseOfEach([a, b], [check("unknown", false, "a"), check("pass", false, "b")]).map(({ status }) => status),
    ).toEqual(["unknown", "violation"]);
    expect(() => worseOfEach([a, b], [a])).toThrow("b was not judged over all entries");
  });
});
