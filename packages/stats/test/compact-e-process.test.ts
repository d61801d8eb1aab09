import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CompactEProcess, type CompactState } from "../src/index.js";
import { expectRefusal, seeded } from "./support.js";

const throughJson = (evidence: CompactEProcess): CompactEProcess =>
  CompactEProcess.from(JSON.parse(JSON.stringify(evidence.state())) as CompactState);
const shares = fc.constantFrom(1e-6, 0.05, 0.5, 0.7, 0.95, 0.9999);
const answers = fc.array(fc.tuple(fc.boolean(), shares), { maxLength: 300 });

function evidenceOf(given: Iterable<readonly [isCase: boolean, allowed: number]>): CompactEProcess {
  const evidence = new CompactEProcess();
  for (const [isCase, allowed] of given) evidence.add(isCase, allowed);
  return evidence;
}

describe("CompactEProcess", () => {
  test.each([0.05, 0.5, 0.7, 0.95])(
    "is a fair game at exactly the allowed share, which may depend on the past: the mean over all sequences is 1 (%s)",
    (allowed) => {
      for (const part of [1, 0.8]) {
        let mean = 0;
        for (let sequence = 0; sequence < 1024; sequence += 1) {
          const evidence = new CompactEProcess();
          let [probability, wasCase] = [1, false];
          for (let at = 0; at < 10; at += 1) {
            const isCase = ((sequence >> at) & 1) === 1;
            const share = wasCase ? allowed + 0.5 * (1 - allowed) : allowed;
            probability *= isCase ? part * share : 1 - part * share;
            evidence.add(isCase, share);
            wasCase = isCase;
          }
          mean += probability * evidence.value;
        }
        if (part === 1) expect(mean).toBeCloseTo(1, 12);
        else expect(mean).toBeLessThan(1);
      }
    },
  );

  test("reaches 1 / alpha in at most alpha of the streams that persist as allowed (seed 71)", () => {
    const random = seeded(71);
    const [alpha, streams] = [0.05, 1000];
    let reached = 0;
    for (let stream = 0; stream < streams; stream += 1) {
      const evidence = new CompactEProcess();
      let wasCase = false as boolean;
      for (let n = 0; n < 400 && evidence.value < 1 / alpha; n += 1) {
        const share: number = wasCase ? 0.97 : 0.6;
        wasCase = random() < share;
        evidence.add(wasCase, share);
      }
      if (evidence.value >= 1 / alpha) reached += 1;
    }
    expect(reached / streams).toBeLessThanOrEqual(alpha);
  });

  test("a fault is conclusive soon, from the start and after 500 healthy observations", () => {
    const until = (healthy: number): number => {
      const evidence = new CompactEProcess();
      for (let n = 0; n < healthy; n += 1) evidence.add(n % 4 === 0, 0.5);
      let n = 0;
      for (; evidence.value < 1e5; n += 1) evidence.add(true, 0.5);
      return n;
    };
    expect([until(0), until(500)]).toEqual([19, 30]);
  });

  test("a fault is found later, the more healthy observations came before, and even after a million", () => {
    const until = (healthy: number): number | null => {
      const evidence = new CompactEProcess();
      for (let n = 0; n < healthy; n += 1) evidence.add(n % 4 === 0, 0.5);
      for (let n = 0; n < 5000; n += 1) {
        if (evidence.value >= 1e5) return n;
        evidence.add(true, 0.9);
      }
      return null;
    };
    expect([500, 5000, 20_000, 1_000_000].map(until)).toEqual([178, 215, 241, 317]);
  });

  test("continues from its state exactly as if it had never stopped", () => {
    fc.assert(
      fc.property(answers, answers, (before, after) => {
        const restored = throughJson(evidenceOf(before));
        for (const [isCase, allowed] of after) restored.add(isCase, allowed);
        expect(restored.state()).toEqual(evidenceOf([...before, ...after]).state());
        expect(restored.value).toBe(evidenceOf([...before, ...after]).value);
      }),
    );
  });

  test("never has less evidence for one case more", () => {
    fc.assert(
      fc.property(answers, fc.nat(), (given, at) => {
        const more = given.map(([isCase, allowed], index) => [isCase || index === at % given.length, allowed] as const);
        expect(evidenceOf(more).value).toBeGreaterThanOrEqual(evidenceOf(given).value);
      }),
    );
  });

  test("stays finite and above 0 for 20,000 observations", () => {
    const [one, other] = [new CompactEProcess(), new CompactEProcess()];
    for (let n = 0; n < 20_000; n += 1) {
      one.add(true, 0.05);
      other.add(false, 0.05);
    }
    expect(one.value).toBeLessThan(Infinity);
    expect(one.value).toBeGreaterThan(1e99);
    expect(other.value).toBeGreaterThan(0);
    expect(throughJson(other).value).toBe(other.value);
  });

  test("refuses what is not an observation, a probability or a state, and stays as it was", () => {
    const evidence = evidenceOf([[true, 0.5]]);
    const before = evidence.state();
    expectRefusal(() => evidence.add(1 as never, 0.5), "invalid_argument");
    for (const allowed of [0, 1, Number.NaN, -0.1, "0.5" as never])
      expectRefusal(() => evidence.add(true, allowed), "invalid_probability");
    expect(evidence.state()).toEqual(before);
    for (const state of [null, {}, [1], [1, 0.2], [-1, 0.2, 0.2], [1, Number.NaN, 0.2], [1, 0.2, 1e101], [1.5, 0, 0]])
      expect(() => CompactEProcess.from(state as never)).toThrow();
  });
});
