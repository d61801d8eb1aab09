import { parseEnvironmentFile } from "@qsc/systemd";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { environmentText } from "../../src/init/texts.js";
import { parseRequiredEnvironment } from "../../src/preflight/required-environment.js";

describe("the required environment, as text", () => {
  test.each<[string, ReturnType<typeof parseRequiredEnvironment>]>([
    ["none", []],
    ["A=1", [{ name: "A", equals: "1" }]],
    ["A=", [{ name: "A", equals: "" }]],
    ["A", [{ name: "A", isSet: true }]],
    [
      "A>=1 A<=2.5",
      [
        { name: "A", atLeast: 1 },
        { name: "A", atMost: 2.5 },
      ],
    ],
    ["A<=-1", [{ name: "A", atMost: -1 }]],
    [
      "  A=x \n 'B=two words'\t\"C=it's\" ",
      [
        { name: "A", equals: "x" },
        { name: "B", equals: "two words" },
        { name: "C", equals: "it's" },
      ],
    ],
    ["A=b=c", [{ name: "A", equals: "b=c" }]],
  ])("%j is read", (text, requirements) => {
    expect(parseRequiredEnvironment(text)).toEqual(requirements);
  });

  test.each([
    ["", "it names no variable"],
    ["''", "'' does not begin with a variable's name"],
    ["1A=2", "'1A=2' does not begin with a variable's name"],
    ["A B-C=1", "'B-C=1' does not begin with a variable's name"],
    ["A>1", "'A>1' does not begin with a variable's name"],
    ["A>=", "'A>=' compares with something that is not a number"],
    ["A>=many", "'A>=many' compares with something that is not a number"],
    ["A<=1e3", "'A<=1e3' compares with something that is not a number"],
    ["A>=NaN", "'A>=NaN' compares with something that is not a number"],
    ["'A=1", "a quote is not closed"],
  ])("%j is refused", (text, words) => {
    expect(() => parseRequiredEnvironment(text)).toThrow(
      `The required environment '${text}' cannot be understood: ${words}. Write NAME=VALUE`,
    );
  });
});

test("the template of an environment file gives each variable a sufficient value", () => {
  const text = environmentText("engine.service", parseRequiredEnvironment("A=x B>=60 C<=10 D"));
  expect(text).toBe(
    "# What a canary needs of engine.service: add these lines to its environment file. qsc preflight checks them.\nA=x\n# 60 or more:\nB=60\n# 10 or less:\nC=10\n# Any value:\n#D=\n",
  );
  expect(environmentText("engine.service", [])).toContain("# No variable is required.");
});

test("systemd reads back any value that the template asks for", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme" }).filter((value) => !/[\p{Cc}\p{Cs}]/u.test(value)),
      (value) => {
        const read = parseEnvironmentFile(environmentText("engine.service", [{ name: "A", equals: value }]));
        expect(read).toEqual(new Map([["A", value]]));
      },
    ),
  );
});
