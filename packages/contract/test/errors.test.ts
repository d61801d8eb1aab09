import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { asQscError, ERROR_CODES, EXIT, QscError, type ErrorCode } from "../src/index.js";

const codes = Object.keys(ERROR_CODES) as ErrorCode[];

describe("the table of errors", () => {
  test("no error exits with the code of a proof or of a complete collection", () => {
    expect(new Set(Object.values(ERROR_CODES))).toEqual(new Set([EXIT.error, EXIT.refused]));
  });

  test.each(codes)("%s is a wire name, and its error carries code, exit and cause", (code) => {
    const cause = new Error("below");
    const error = new QscError(code, "What is wrong.", { cause });
    expect(code).toMatch(/^(?:precondition\.)?[a-z][a-z_]*$/);
    expect(error).toMatchObject({
      name: "QscError",
      code,
      message: "What is wrong.",
      cause,
      exitCode: ERROR_CODES[code],
    });
  });

  test("missing evidence exits as a refusal; a misunderstood command exits as an error", () => {
    expect(codes.filter((code) => code.startsWith("source_")).every((code) => ERROR_CODES[code] === EXIT.refused)).toBe(
      true,
    );
    expect(codes.filter((code) => code.startsWith("invalid_")).every((code) => ERROR_CODES[code] === EXIT.error)).toBe(
      true,
    );
  });
});

test("the README lists every code under its exit", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  for (const exit of [EXIT.error, EXIT.refused]) {
    const row = readme.split("\n").find((line) => line.startsWith(`| ${exit} |`)) ?? "";
    const listed = [...row.matchAll(/`([a-z_.]+)`/g)].map(([, name]) => name).slice(1);
    expect(listed).toEqual(codes.filter((code) => ERROR_CODES[code] === exit));
  }
});

describe("asQscError", () => {
  test("leaves a coded error as it is", () => {
    const error = new QscError("usage", "Wrong.");
    expect(asQscError(error)).toBe(error);
  });

  test.each([
    [new TypeError("x is undefined"), "x is undefined"],
    ["text", "text"],
    [null, "null"],
    [undefined, "undefined"],
  ])("makes %s the cause of an internal error", (thrown, words) => {
    expect(asQscError(thrown)).toMatchObject({
      code: "internal",
      exitCode: EXIT.error,
      cause: thrown,
      message: `Internal error: ${words}`,
    });
  });
});
