import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, expect, it, vi } from "vitest";

import { isSound, outcomeOf } from "../../outcome.js";
import { complaints, markdown, totals } from "../../render.js";
import { tryMutants } from "../../trials.js";

const source = `export function isHigh(n: number): boolean {
  return n > limit;
}
const limit = 10;
`;

/** 10 itself, or a number near it, is never tried. The first file always passes. */
const tests = {
  "a.test.ts": 'import { test } from "vitest";\ntest("green", () => undefined);\n',
  "b.test.ts": `import { expect, test } from "vitest";
import { isHigh } from "../src/check.js";
test.each([[5, false], [20, true]])("%i", (n, high) => expect(isHigh(n)).toBe(high));
`,
};

let directory = "";
const scope = () => ({ directory, mutated: ["src/check.ts"] });

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "qsc-weak-"));
  // Everything that a run leaves behind ends up here.
  vi.stubEnv("TMPDIR", directory);
  await mkdir(join(directory, "src"));
  await mkdir(join(directory, "test"));
  await writeFile(join(directory, "package.json"), '{"type": "module"}');
  await writeFile(join(directory, "src/check.ts"), source);
  for (const [name, text] of Object.entries(tests)) await writeFile(join(directory, "test", name), text);
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true, force: true });
});

it("names the mutants that survive a weak test, and leaves nothing behind", async () => {
  const outcome = outcomeOf(await tryMutants(scope()), []);
  expect(isSound(outcome)).toBe(false);
  expect(totals(outcome)).toBe("6 mutants: 3 killed, 3 survived, 0 equivalent");
  expect(complaints(outcome)).toEqual([
    "src/check.ts:2  off by one: n > limit -> n >= limit  SURVIVED",
    "src/check.ts:4  limit shifted: 10 -> 9  SURVIVED",
    "src/check.ts:4  limit shifted: 10 -> 11  SURVIVED",
  ]);
  const facts = { date: "2026-01-01", node: "v20", seconds: 1, packageName: "weak" };
  expect(markdown(outcome, facts)).toContain("| 2 | flip | `n > limit` | `n < limit` | b: 5 |");
  expect((await readdir(directory)).sort()).toEqual(["package.json", "src", "test"]);
});

it("continues from what a run wrote down, as far as code and tests are the same", async () => {
  const resume = join(directory, "results.ndjson");
  const run = async () => {
    const tried: string[] = [];
    const found: number[] = [];
    const results = await tryMutants(scope(), {
      resume,
      onTried: ({ from, to }) => tried.push(`${from} -> ${to}`),
      onResumed: (count, of) => found.push(count, of),
    });
    return { tried: tried.sort(), found, totals: totals(outcomeOf(results, [])) };
  };
  const weak = "6 mutants: 3 killed, 3 survived, 0 equivalent";
  try {
    expect(await run()).toMatchObject({ found: [0, 6], totals: weak });
    // Cut off in the middle of the last line.
    const whole = await readFile(resume, "utf8");
    await writeFile(resume, whole.slice(0, -9));
    expect(await run()).toMatchObject({ tried: [expect.any(String)], found: [5, 6], totals: weak });
    expect(await run()).toEqual({ tried: [], found: [6, 6], totals: weak });
    // A further test may kill what survived, and brings nothing to life.
    await writeFile(
      join(directory, "test/c.test.ts"),
      tests["b.test.ts"].replace("[20, true]", "[10, false], [10.5, true]"),
    );
    expect(await run()).toEqual({
      tried: ["10 -> 11", "10 -> 9", "n > limit -> n >= limit"],
      found: [3, 6],
      totals: "6 mutants: 6 killed, 0 survived, 0 equivalent",
    });
    await rm(join(directory, "test/c.test.ts"));
    // Another file of the package: nothing is known.
    await writeFile(join(directory, "src/other.ts"), "export const other = 1;\n");
    expect(await run()).toMatchObject({ found: [0, 6], totals: weak });
    await appendFile(resume, '{"mutant":7}\n');
    await expect(run()).rejects.toThrow("results.ndjson:16 is no result of a mutation run");
    await writeFile(resume, "my notes");
    await expect(run()).rejects.toThrow("is no result of a mutation run");
    expect(await readFile(resume, "utf8")).toBe("my notes");
  } finally {
    for (const path of ["results.ndjson", "src/other.ts", "test/c.test.ts"]) {
      await rm(join(directory, path), { force: true });
    }
  }
});

it("ends tests that never end, and continues", async () => {
  await writeFile(
    join(directory, "src/check.ts"),
    "export const isHigh = (n: number) => { while (n < 0) n += 1; return n > 10; };\n",
  );
  try {
    const tried = await tryMutants(scope(), { atLeastMs: 5000 });
    expect(tried.find(({ from, to }) => from === "n < 0" && to === "true")?.killer?.title).toContain(
      "the tests never end",
    );
    expect(tried.at(-1)?.killer?.test).toBe("test/b.test.ts");
  } finally {
    await writeFile(join(directory, "src/check.ts"), source);
  }
});

it("tries nothing if the tests fail without any mutation", async () => {
  await writeFile(
    join(directory, "test/c.test.ts"),
    'import { expect, test } from "vitest";\ntest("red", () => expect(1).toBe(2));\n',
  );
  await expect(tryMutants(scope())).rejects.toThrow("red without any mutation: test/c.test.ts: red");
  await rm(join(directory, "test/c.test.ts"));
});
