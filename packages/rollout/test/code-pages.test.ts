import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { CODES, ERROR_CODES, EXIT, type ErrorCode } from "@qsc/contract";
import { repositoryRoot } from "@qsc-tooling/testkit";
import { describe, expect, test } from "vitest";

/** The lists of codes in the pages, which `vitest run packages/rollout/test/code-pages.test.ts -u` writes. */
const PAGES: readonly (readonly [path: string, withCodes: (page: string) => string])[] = [
  ["docs/codes.md", withMeanings],
  ["packages/contract/README.md", withExits],
];

const codes = Object.keys(CODES) as ErrorCode[];

describe("the lists of codes", () => {
  test.each(PAGES)("of %s match the table", async (page, withCodes) => {
    const path = join(repositoryRoot, page);
    await expect(withCodes(await readFile(path, "utf8"))).toMatchFileSnapshot(path);
  });

  test.each(PAGES)("of %s reveal a missing code", async (page, withCodes) => {
    const written = withCodes(await readFile(join(repositoryRoot, page), "utf8"));
    const without = written.replace(/^\| `not_eligible` .*\n|, `not_eligible`/m, "");
    expect(without).not.toBe(written);
    expect(withCodes(without)).toBe(written);
  });

  test("a page without the markers is refused, not left as it is", () => {
    expect(() => withMeanings("# A page\n")).toThrow("no <!-- codes -->");
  });
});

/** The page of codes with a row for each code that its first table does not cover. */
function withMeanings(page: string): string {
  const marked = /(?<=<!-- codes -->\n\n)[^]*?(?=\n<!-- \/codes -->)/.exec(page);
  if (marked === null) throw new Error("the page has no <!-- codes -->");
  const advised = page.slice(0, marked.index);
  const rows = codes
    .filter((code) => !new RegExp(`^\\| .*\`${code}\`.* \\| \\d \\|`, "m").test(advised))
    .map((code) => `| \`${code}\` | ${CODES[code]} |\n`);
  return advised + ["| code | means |\n|---|---|\n", ...rows].join("") + page.slice(marked.index + marked[0].length);
}

/** The README of the contract with the codes of each exit. */
function withExits(page: string): string {
  return [EXIT.error, EXIT.refused].reduce(
    (text, exit) =>
      text.replace(new RegExp(`(?<=^\\| ${exit} \\| [^|]* \\| ).*(?= \\|$)`, "m"), () =>
        codes
          .filter((code) => ERROR_CODES[code] === exit)
          .map((code) => `\`${code}\``)
          .join(", "),
      ),
    page,
  );
}
