import fc from "fast-check";
import { expect, test } from "vitest";
import { VoteTally } from "../src/cards/votes.js";
import { DEFAULT_LABELS } from "../src/index.js";
import { prediction } from "./support.js";

const answer = fc
  .record({
    action: fc.constantFrom("BUY", "SELL", "HOLD", "HODL", null),
    voted: fc.boolean(),
    nonPrediction: fc.constantFrom(null, "shadow"),
  })
  .map(prediction);
const models = fc
  .array(answer, { maxLength: 6 })
  .map((answers) => answers.map((one, index) => ({ ...one, model: `m${index}` })));
/** Some models have a weight, some the weight 0, and some none; or the engine does not say. */
const weights = fc.option(
  fc
    .dictionary(fc.constantFrom("m0", "m1", "m2", "m3", "m4", "m5"), fc.constantFrom(0, 0.1, 0.5), { minKeys: 1 })
    .map((given) => new Map(Object.entries(given))),
);
const decisions = fc.array(fc.record({ models, weights }), { maxLength: 20 });
type Decision = typeof decisions extends fc.Arbitrary<readonly (infer One)[]> ? One : never;

/** The votes of one decision, straight from the definition. */
function shareOf({ models, weights }: Decision, electorate: string): { largest: number; hard: boolean } | null {
  const votes = models
    .filter(({ nonPrediction }) => electorate === "voted" || nonPrediction === null)
    .filter(({ action, voted }) => voted && ["BUY", "SELL", "HOLD"].includes(action ?? ""))
    .filter(({ model }) => weights === null || [0.1, 0.5].includes(weights.get(model) ?? 0))
    .map(({ action }) => action);
  if (votes.length < 2) return null;
  const counts = ["BUY", "SELL", "HOLD"].map((label) => votes.filter((vote) => vote === label).length);
  return { largest: Math.max(...counts) / votes.length, hard: counts[0]! > 0 && counts[1]! > 0 };
}

test.each(["voted", "predicted"] as const)(
  "agreement and hard disagreement follow their definitions, merged from two parts or not: of all that %s",
  (electorate) => {
    fc.assert(
      fc.property(decisions, fc.nat(), (all, cut) => {
        const measured = all.map((one) => shareOf(one, electorate)).filter((share) => share !== null);
        const [whole, first, second] = [1, 2, 3].map(() => new VoteTally(DEFAULT_LABELS, electorate)) as [
          VoteTally,
          VoteTally,
          VoteTally,
        ];
        all.forEach(({ models, weights }, index) => {
          whole.add(models, weights);
          (index < cut % 20 ? first : second).add(models, weights);
        });
        first.merge(second);
        expect(first.result()).toEqual(whole.result());
        const { agreement, hardDisagree, n } = whole.result();
        expect(n).toBe(measured.length);
        if (n === 0) return;
        expect(agreement).toBeCloseTo(measured.reduce((sum, { largest }) => sum + largest, 0) / n, 12);
        expect(hardDisagree).toBe(measured.filter(({ hard }) => hard).length / n);
      }),
      { numRuns: 200, seed: 41 },
    );
  },
);
