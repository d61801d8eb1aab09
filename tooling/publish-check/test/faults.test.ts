import { describe, expect, it } from "vitest";

import { faultOfBuild, faultsOfPackage } from "../faults.js";

const MANIFEST = {
  name: "@qsc/a",
  license: "Apache-2.0",
  keywords: ["a"],
  exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" }, "./package.json": "./package.json" },
};
const MAP = JSON.stringify({ sources: ["../src/index.ts"] });
const FILES = new Map([
  ["LICENSE", ""],
  ["README.md", ""],
  ["package.json", "{}"],
  ["dist/index.js", ""],
  ["dist/index.d.ts", ""],
  ["dist/index.js.map", MAP],
  ["src/index.ts", ""],
]);

function without(...paths: readonly string[]): Map<string, string> {
  return new Map([...FILES].filter(([path]) => !paths.includes(path)));
}

describe("a packed package", () => {
  it("has no fault if it is whole", () => {
    expect(faultsOfPackage(MANIFEST, FILES)).toEqual([]);
  });

  it.each(["LICENSE", "README.md", "dist/index.d.ts"])("needs %s", (path) => {
    expect(faultsOfPackage(MANIFEST, without(path))).toEqual([`${path} is not in it`]);
  });

  it("needs the sources that its maps name, packed or inlined", () => {
    expect(faultsOfPackage(MANIFEST, without("src/index.ts"))).toEqual([
      "dist/index.js.map names src/index.ts, which is not in it",
    ]);
    const inlined = new Map([
      ...without("src/index.ts"),
      ["dist/index.js.map", JSON.stringify({ sources: ["../src/index.ts"], sourcesContent: [""] })] as const,
    ]);
    expect(faultsOfPackage(MANIFEST, inlined)).toEqual([]);
  });

  it("needs a license and keywords", () => {
    expect(faultsOfPackage({ ...MANIFEST, license: "UNLICENSED", keywords: [] }, FILES)).toEqual([
      "its license is not Apache-2.0",
      "it has no keywords",
    ]);
  });
});

describe("packing", () => {
  const built = (path: string): boolean => FILES.has(path.replace("./", ""));

  it("is refused if there is no build, or an older one", () => {
    expect(faultOfBuild(MANIFEST, built, { builtMs: 2, newestSourceMs: 1 })).toBeNull();
    expect(faultOfBuild(MANIFEST, built, { builtMs: 1, newestSourceMs: 2 })).toBe("a source is newer than its build");
    expect(faultOfBuild(MANIFEST, built, { builtMs: null, newestSourceMs: 2 })).toBe("it has never been built");
    expect(faultOfBuild(MANIFEST, () => false, { builtMs: 2, newestSourceMs: 1 })).toMatch(/^there is no dist/);
  });
});
