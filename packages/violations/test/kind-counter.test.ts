import { expect, test } from "vitest";
import { KindCounter } from "../src/cards/kind-counter.js";

test("kinds are listed by how often they were seen, and equally frequent ones by name", () => {
  const kinds = new KindCounter();
  for (const what of ["b", "a", "rare", "often", "often", "a", "b", "often"]) kinds.add(what, null);
  expect(kinds.list().map(({ what, count }) => `${what} ${count}`)).toEqual(["often 3", "a 2", "b 2", "rare 1"]);
});
