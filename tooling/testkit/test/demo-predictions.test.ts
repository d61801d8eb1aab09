import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { DEMO_PREDICTIONS, repositoryRoot } from "../src/index.js";

test.each(Object.entries(DEMO_PREDICTIONS))("demo/predictions/%s is what its script makes", (name, text) => {
  expect(readFileSync(`${repositoryRoot}/demo/predictions/${name}`, "utf8")).toBe(text);
});
