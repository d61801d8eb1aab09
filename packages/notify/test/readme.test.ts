import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "@qsc-tooling/testkit";
import { expect, test } from "vitest";
import { CHANNEL_KINDS, EVENTS } from "../src/index.js";

const readme = readFileSync(join(repositoryRoot, "packages/notify/README.md"), "utf8");

test("the README has every event as its row says it", () => {
  for (const [event, { severity, about }] of Object.entries(EVENTS))
    expect(readme).toContain(`| \`${event}\` | ${severity} | ${about} |\n`);
});

test("the README has every kind of channel, and every option of it", () => {
  for (const [kind, { options }] of Object.entries(CHANNEL_KINDS)) {
    const row = readme.split("\n").find((line) => line.startsWith(`| \`${kind}\` |`)) ?? "";
    for (const [option, { isNeeded }] of Object.entries(options)) if (isNeeded) expect(row).toContain(`\`${option}\``);
  }
});
