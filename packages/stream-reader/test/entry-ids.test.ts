import fc from "fast-check";
import { expect, test } from "vitest";
import { compareIds, type EntryId } from "@qsc/contract";
import { entryIds } from "../src/sink/index.js";

test("IDs rise strictly, whatever the times", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 2 ** 52, noNaN: true })),
      fc.bigInt(0n, 2n ** 64n - 1n),
      (times, seq) => {
        const after = `1763818338282-${seq}` as EntryId;
        const next = entryIds(after);
        const ids = [after, ...times.map(next)];
        expect(ids.every((id, at) => at === 0 || compareIds(ids[at - 1]!, id) < 0)).toBe(true);
      },
    ),
  );
  expect(entryIds()(0)).toBe("0-1");
  expect(() => entryIds()(Number.NaN)).toThrow(expect.objectContaining({ code: "invalid_option" }));
  expect(() => entryIds()(-1)).toThrow(expect.objectContaining({ code: "invalid_option" }));
});
