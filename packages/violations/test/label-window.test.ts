import fc from "fast-check";
import { expect, test } from "vitest";
import { RollingLabels } from "@qsc/stats";
import { LabelWindow } from "../src/label-window.js";

test("counts like the exact window of @qsc/stats, however many labels pass through", () => {
  const labels = fc.array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom("BUY", "SELL", "HOLD", "", "__proto__") },
      { weight: 1, arbitrary: fc.nat({ max: 40 }).map(String) },
    ),
    { maxLength: 300, size: "max" },
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), labels, (window, given) => {
      const own = new LabelWindow(window);
      const exact = new RollingLabels(window);
      expect(own.mostFrequent()).toBeNull();
      for (const label of given) {
        own.add(label);
        exact.add(label);
        const largest = exact.largest();
        expect({ n: own.n, most: own.most, label: own.mostFrequent() }).toEqual({
          n: exact.n,
          most: largest?.count,
          label: largest?.label,
        });
      }
    }),
    { numRuns: 100, seed: 31 },
  );
});
