import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../../bootstrap/root.js";
import { FIGURES } from "../figures.js";

test.each(FIGURES)("%s is what the code draws now (node tooling/figures/draw.js draws it)", async (path, draw) => {
  expect(readFileSync(join(root, path), "utf8")).toBe(await draw());
});
