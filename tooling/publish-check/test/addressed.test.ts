import { expect, test } from "vitest";
import { addressed } from "../addressed.js";

test("a package says where its source is, in the form that npm compares with the provenance", () => {
  const manifest = addressed({ name: "@qsc/stats", version: "0.1.0" }, "packages/stats", "https://example.org/a/b");
  expect(manifest).toEqual({
    name: "@qsc/stats",
    version: "0.1.0",
    homepage: "https://example.org/a/b/tree/main/packages/stats#readme",
    bugs: "https://example.org/a/b/issues",
    repository: { type: "git", url: "git+https://example.org/a/b.git", directory: "packages/stats" },
  });
  expect(addressed(manifest, "packages/stats", "https://example.org/a/b")).toEqual(manifest);
});
