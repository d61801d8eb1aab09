import { readFile } from "node:fs/promises";
import { DegeneracyDetector as FromViolations } from "@qsc/violations/degeneracy";
import { expect, test } from "vitest";
import { DegeneracyDetector } from "../bundle/index.js";

test("finds what the detector of violations finds", () => {
  const [own, other] = [new DegeneracyDetector({ window: 20 }), new FromViolations({ window: 20 })];
  const states = new Set<string>();
  for (let i = 0; i < 500; i += 1) {
    const [label, confidence] = i % 120 < 60 ? (["dog", 0.61] as const) : ([`label ${i % 3}`, (i % 17) / 17] as const);
    states.add(own.observe(label, confidence));
    other.observe(label, confidence);
    expect([own.state, own.recent]).toEqual([other.state, other.recent]);
  }
  expect([...states]).toEqual(["warming_up", "degenerate", "healthy"]);
});

test("refuses with a code what would never find anything", () => {
  expect(() => new DegeneracyDetector({ share: 95 })).toThrow(
    expect.objectContaining({ code: "invalid_option", message: expect.stringContaining("options.share is 95") }),
  );
});

test("imports nothing, neither of Node nor of another package", async () => {
  const [code, types] = await Promise.all(
    ["index.js", "index.d.ts"].map((name) => readFile(new URL(`../bundle/${name}`, import.meta.url), "utf8")),
  );
  expect(code).not.toMatch(/^import |\bimport\(|require\(|from "/m);
  expect(types).not.toMatch(/^import |from "/m);
});
