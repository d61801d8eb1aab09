import type { PayloadMembers } from "@qsc/contract";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compilePolicy, DEFAULT_POLICY, judgeTelemetry, TelemetryCard } from "../src/index.js";
import { intent, prediction } from "./support.js";

const compiled = await compilePolicy(DEFAULT_POLICY);

function cardOf(all: readonly (PayloadMembers | null)[], from = 0): TelemetryCard {
  const card = new TelemetryCard(DEFAULT_POLICY);
  for (const [index, members] of all.entries()) card.add(intent(from + index, [prediction()], { members }));
  return card;
}

function judge(card: TelemetryCard) {
  const quiet = {
    asOfMs: 2_000_000,
    nowMs: 1e12,
    sinceMs: null,
    sourceClockOffsetMs: { low: 0, high: 0 },
    gaps: [],
    minEvents: 1,
  };
  const check = judgeTelemetry(card, compiled, quiet).integrity.find(({ id }) => id === "feature_not_finite");
  return { status: check?.status, value: check?.value, reason: check?.reason };
}

const of = (numbers: readonly string[], nulls: readonly string[]): PayloadMembers => ({ numbers, nulls });

describe("members of version 1 payloads", () => {
  test("that are null in one decision and a number in another are lost numbers, in either order", () => {
    for (const all of [
      [of(["spread"], []), of([], ["spread"]), of([], ["spread"])],
      [of([], ["spread"]), of([], ["spread"]), of(["spread"], [])],
    ]) {
      expect(judge(cardOf(all))).toMatchObject({ status: "violation", value: 2 });
      expect(judge(cardOf(all)).reason).toMatch(
        /^numbers that are NaN, infinite, null or text: spread = null \(2 x, first 100\d000-0\)$/,
      );
    }
  });

  test("that are always null, always a number, or of version 2 are not lost numbers", () => {
    const all = [of(["spread"], ["stop"]), of(["spread", "extra"], ["stop", "reason"]), null];
    expect(judge(cardOf(all))).toEqual({
      status: "pass",
      value: 0,
      reason: "every number outside the models' answers is finite",
    });
  });

  test("are not assumed to be healthy if there are too many to track", () => {
    const many = Array.from({ length: 4096 }, (_, at) => `n${at}`);
    expect(judge(cardOf([of(many, ["stop"])]))).toMatchObject({ status: "violation", value: 1 });
    expect(judge(cardOf([of(many.slice(1), ["stop"])])).status).toBe("pass");
    expect(judge(cardOf([of(["x"], many.slice(0, 101))])).reason).toContain("others = null");
  });

  test("are judged the same in one card and in parts, merged or resumed, in any order", () => {
    const names = fc.subarray(["a", "b", "c"]);
    const members = fc.option(
      fc.tuple(names, names).map(([numbers, nulls]) =>
        of(
          numbers,
          nulls.filter((name) => !numbers.includes(name)),
        ),
      ),
    );
    fc.assert(
      fc.property(
        fc.array(members, { maxLength: 8 }),
        fc.nat(8),
        fc.boolean(),
        fc.boolean(),
        (all, cut, swap, takes) => {
          const parts = [cardOf(all.slice(0, cut)), cardOf(all.slice(cut), cut)];
          const [one, other] = swap ? parts.reverse() : parts;
          if (one === undefined || other === undefined) throw new Error("two parts");
          if (takes) one.take(other.state());
          else one.merge(other);
          expect(judge(one)).toEqual(judge(cardOf(all)));
        },
      ),
      { numRuns: 300 },
    );
  });
});
