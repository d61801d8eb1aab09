import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { bundled } from "../bundle.js";
import { LIMITS } from "../limits.js";

test.each(Object.entries(LIMITS))("%s is at most %i bytes in a browser", async (entry, limit) => {
  const { text } = await bundled(`export * from "${entry}";`, { platform: "browser", minify: true, without: ["zod"] });
  expect(gzipSync(text).length).toBeLessThanOrEqual(limit);
});

test("the detector alone holds neither a parser nor a schema", async () => {
  const { inputs } = await bundled('export * from "@qsc/violations/degeneracy";', { platform: "browser" });
  const packages = new Set(inputs.map((path) => /node_modules\/((?:@[^/]+\/)?[^/.][^/]*)/.exec(path)?.[1] ?? ""));
  expect([...packages]).not.toContain("zod");
  expect(inputs.filter((path) => path.includes("packages/violations/")).length).toBeLessThanOrEqual(2);
});

test.each(["@qsc/contract", "@qsc/stats", "@qsc/violations", "@qsc/report"])(
  "%s leaves nothing of itself where none of its exports is used",
  async (entry) => {
    const { text } = await bundled(`import * as all from "${entry}";`, {
      platform: "browser",
      minify: true,
    });
    expect(text.trim()).toBe("");
  },
);
