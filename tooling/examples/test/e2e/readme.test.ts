import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import { describe, expect, it } from "vitest";

import { root } from "../../../bootstrap/root.js";
import { compile } from "../../compile.js";
import { readmeExample } from "../../readme-example.js";

describe.each(readdirSync(join(root, "packages")))("the README of packages/%s", (name) => {
  it("has an example that compiles and prints what it says", async () => {
    const home = join(root, "packages", name);
    const { code, prints } = readmeExample(await readFile(join(home, "README.md"), "utf8"));
    // Inside of the package: there it may import itself by name, and finds its dependencies.
    const directory = join(home, ".readme-example");
    await rm(directory, { recursive: true, force: true });
    await mkdir(directory);
    try {
      await writeFile(join(directory, "example.ts"), code);
      expect(compile(join(directory, "example.ts"))).toBe("");
      const { stdout } = await promisify(execFile)("node", ["example.js"], { cwd: directory });
      expect(stdout).toBe(prints);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
