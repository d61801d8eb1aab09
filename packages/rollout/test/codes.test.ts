import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CODES, ERROR_CODES, EXIT, isRefusal, type ErrorCode } from "@qsc/contract";
import { repositoryRoot } from "@qsc-tooling/testkit";
import { describe, expect, test } from "vitest";

const codes = Object.keys(CODES) as ErrorCode[];
const source = sourceText();
const page = textOf("docs/codes.md");
const runbook = textOf("docs/runbook.md");
const errorCodes = sectionOf(page, "Error codes");
const refusals = sectionOf(runbook, "Refusals");

describe("the table of codes", () => {
  test.each(codes)("%s is used somewhere in the code", (code) => {
    expect(source.includes(`"${code}"`)).toBe(true);
  });

  test("docs/codes.md has every code, and no other", () => {
    expect(keysOf(errorCodes).toSorted()).toEqual(codes.toSorted());
  });

  test("docs/codes.md agrees with the table about the runbook's codes", () => {
    const rows = [...errorCodes.matchAll(/^\| `([a-z_.]+)` \| ([^|]+) \|$/gm)];
    expect(rows.length).toBeGreaterThan(60);
    for (const [, code = "", means] of rows) expect(means, code).toBe(CODES[code as ErrorCode]);
  });

  test("the runbook answers every code that ends in exit 2", () => {
    const exempt: readonly ErrorCode[] = ["sink_failed", "interrupted"];
    const left = codes.filter(
      (code) => ERROR_CODES[code] === EXIT.refused && !exempt.includes(code) && !refusals.includes(`\`${code}\``),
    );
    expect(left).toEqual([]);
  });

  test("the runbook's tables of codes contain only existing codes", () => {
    const keyed = refusals.split("\n### ").filter((part) => part.includes("| code | what to do |"));
    expect(keyed.length).toBe(3);
    const unknown = keyed.flatMap(codeTablesOf).filter((code) => !Object.hasOwn(CODES, code));
    expect(unknown).toEqual([]);
  });

  test("each refusal has its own row in the runbook", () => {
    const rows = refusals.split("\n### ").flatMap(codeTablesOf);
    expect(codes.filter((code) => isRefusal(code) && rows.filter((row) => row === code).length !== 1)).toEqual([]);
  });
});

/** The beginnings of the rows of a page's tables. */
function keysOf(text: string): readonly string[] {
  const firsts = text.split("\n").flatMap((line) => (line.startsWith("| `") ? [line.split("|")[1] ?? ""] : []));
  return firsts.flatMap((first) => [...first.matchAll(/`([^`]+)`/g)].map(([, key = ""]) => key));
}

/** The keys of the tables in a part of the runbook whose rows are only codes. */
function codeTablesOf(part: string): readonly string[] {
  return [...part.matchAll(/^\| `([a-z_.]+)` \|/gm)].flatMap(([, code = ""]) => code);
}

function sectionOf(text: string, title: string): string {
  const [, section = ""] = new RegExp(`\n## ${title}\n([^]*?)\n## `).exec(text) ?? [];
  return section;
}

function textOf(path: string): string {
  return readFileSync(join(repositoryRoot, path), "utf8");
}

/** All shipped text, without the table itself. */
function sourceText(): string {
  return ["packages", "apps"]
    .flatMap((place) => {
      const directory = join(repositoryRoot, place);
      return readdirSync(directory, { recursive: true, encoding: "utf8" })
        .filter((name) => /^[\w-]+\/src\/.*\.ts$/.test(name) && name !== "contract/src/codes.ts")
        .map((name) => readFileSync(join(directory, name), "utf8"));
    })
    .join("\n");
}
