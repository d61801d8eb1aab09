import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { PREDICTION_ROWS, READY_MADE, READY_MADE_NAMES } from "../../src/index.js";

const page = readFileSync(new URL("../../../../docs/other-teams.md", import.meta.url), "utf8");

test.each(PREDICTION_ROWS.map(({ id }) => id))("the page for other teams explains %s", (id) => {
  expect(page).toMatch(new RegExp(`^\\| \`${id}\` \\| \\S`, "m"));
});

test.each(READY_MADE_NAMES)("the page for other teams says of %s what its row says", (name) => {
  expect(page).toContain(`| \`${name}\` | ${READY_MADE[name].about} |`);
});
