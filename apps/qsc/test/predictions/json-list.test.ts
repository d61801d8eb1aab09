import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { listItems } from "../../src/predictions/json-list.js";

async function itemsOf(parts: readonly string[]): Promise<string[]> {
  const texts = (async function* () {
    yield* parts;
  })();
  const items: string[] = [];
  for await (const { text } of listItems(texts, "list.json")) items.push(text);
  return items;
}

/** A text in parts of these lengths. */
function split(text: string, lengths: readonly number[]): string[] {
  const parts: string[] = [];
  let from = 0;
  for (const length of lengths) {
    parts.push(text.slice(from, from + length));
    from += length;
  }
  return [...parts, text.slice(from)];
}

const lengths = fc.array(fc.nat(7), { maxLength: 40 });

describe("a JSON list", () => {
  test("gives the items that JSON.parse gives, wherever its text is split", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue(), { maxLength: 12 }), lengths, fc.boolean(), async (list, at, isWide) => {
        const text = JSON.stringify(list, null, isWide ? 2 : 0);
        const items = await itemsOf(split(text, at));
        expect(items.map((item) => JSON.parse(item) as unknown)).toEqual(JSON.parse(text));
      }),
      { seed: 20261201 },
    );
  });

  test("is unreadable if it is cut off anywhere, or has something behind it", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ label: fc.string(), score: fc.double({ noNaN: true }) }), { minLength: 1, maxLength: 6 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        lengths,
        async (list, part, at) => {
          const text = JSON.stringify(list);
          const cut = text.slice(0, Math.floor(text.length * part));
          await expect(itemsOf(split(cut, at))).rejects.toMatchObject({ code: "predictions_unreadable" });
          for (const behind of ["]", ",", "{}", "x", "[]"])
            await expect(itemsOf(split(`${text} ${behind}`, at))).rejects.toMatchObject({
              code: "predictions_unreadable",
            });
        },
      ),
      { seed: 20261202 },
    );
  });

  test.each([
    "[,]",
    "[{},]",
    "[,{}]",
    "[{},,{}]",
    "{}",
    "null",
    "",
    "  ",
    "[}",
    "[{}}]",
    '"[]"',
    "[".repeat(2 ** 20 + 2),
  ])("%j is unreadable", async (text) => {
    await expect(itemsOf([text])).rejects.toMatchObject({ code: "predictions_unreadable" });
  });

  test("an item that is not JSON is given as it is, for the reader to count", async () => {
    expect(await itemsOf(["[ {] , nul,\n1 ]"])).toEqual([" {] ", " nul", "\n1 "]);
  });
});
