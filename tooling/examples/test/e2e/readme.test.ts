import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import { startRedis, type RedisServer } from "../../../testkit/dist/index.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { root } from "../../../bootstrap/root.js";
import { compile } from "../../compile.js";
import { readmeExample, readmeExamples } from "../../readme-example.js";

/** For the examples that need one: they ask for it by QUEUE_URL. */
let queue: RedisServer;
beforeAll(async () => {
  queue = await startRedis();
});
afterAll(() => queue.stop());

describe.each(readdirSync(join(root, "packages")))("the README of packages/%s", (name) => {
  it("has an example that compiles and prints the given output", async () => {
    const home = join(root, "packages", name);
    // Within the package, so that the example can import it by name and finds its dependencies.
    await expectPrinted(home, readmeExample(await readFile(join(home, "README.md"), "utf8")));
  });
});

describe("the README of the root", () => {
  it("has examples that compile and print the given output", async () => {
    const examples = readmeExamples(await readFile(join(root, "README.md"), "utf8"));
    expect(examples.length).toBe(2);
    for (const example of examples) await expectPrinted(join(root, "examples"), example);
  });
});

describe("docs/other-teams.md", () => {
  it("has examples of at most six lines that compile and print the given output", async () => {
    const examples = readmeExamples(await readFile(join(root, "docs/other-teams.md"), "utf8"));
    expect(examples.length).toBe(3);
    for (const example of examples) {
      expect(example.code.split("\n").filter((line) => line.trim() !== "").length).toBeLessThanOrEqual(6);
      await expectPrinted(join(root, "examples"), example);
    }
  });
});

async function expectPrinted(home: string, { code, prints }: { code: string; prints: string }): Promise<void> {
  const directory = join(home, ".readme-example");
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory);
  try {
    await writeFile(join(directory, "example.ts"), code);
    expect(compile(join(directory, "example.ts"))).toBe("");
    const { stdout } = await promisify(execFile)("node", ["example.js"], {
      cwd: directory,
      env: { ...process.env, QUEUE_URL: queue.url },
    });
    expect(stdout).toBe(prints);
  } finally {
    await rm(directory, { recursive: true });
  }
}
