import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseEnvironment, renderEnvironment } from "../src/index.js";
import { parseShownEnvironment } from "../src/environment/parse.js";
import { splitWords } from "../src/environment/words.js";
import { anyText } from "./support/any-text.js";
import { hostileEnvironment } from "./support/hostile.js";

test("reads back any environment it has rendered", () => {
  fc.assert(
    fc.property(hostileEnvironment, (environment) => {
      expect(parseEnvironment(renderEnvironment(environment))).toEqual(environment);
    }),
  );
});

test("keeps any value on a single line", () => {
  fc.assert(
    fc.property(hostileEnvironment, (environment) => {
      const lines = renderEnvironment(environment).split("\n");
      expect(lines.slice(0, 2)).toEqual([
        "# Written by @qsc/systemd. To undo it: remove this file, daemon-reload, restart.",
        "[Service]",
      ]);
      expect(lines).toHaveLength(environment.size + 3);
      expect(lines.slice(2, -1).every((line) => line.startsWith('Environment="') && line.endsWith('"'))).toBe(true);
    }),
  );
});

test("parses any text into words or a problem, and never throws", () => {
  fc.assert(
    fc.property(anyText, fc.constantFrom("unit-file" as const, "shown" as const), (text, dialect) => {
      const words = splitWords(text, dialect);
      if ("problem" in words) expect(words.problem).not.toBe("");
      else for (const word of words) expect(typeof word).toBe("string");
    }),
  );
});

describe("words", () => {
  test.each([
    ["", []],
    [" \t ", []],
    ["a b\tc", ["a", "b", "c"]],
    [`"a b" 'c d'`, ["a b", "c d"]],
    [`a"b c"d`, ["ab cd"]],
    [`'it"s' "it's"`, [`it"s`, "it's"]],
    [`"" ''`, ["", ""]],
    [String.raw`\x41\101\u00e9\U0001F469\n\s\\`, ["AAé👩\n \\"]],
    [String.raw`"\"" '\''`, [`"`, "'"]],
    [String.raw`\xc3\xa9`, ["é"]],
  ])("%j", (line, words) => {
    expect(splitWords(line, "unit-file")).toEqual(words);
  });

  test.each([
    `"a`,
    "'a",
    String.raw`\q`,
    "a\\",
    String.raw`\x0`,
    String.raw`\x00`,
    String.raw`\U00110000`,
    String.raw`\400`,
    String.raw`\$`,
  ])("refuses %j", (line) => {
    expect(splitWords(line, "unit-file")).toHaveProperty("problem");
  });

  test("undoes systemctl's shell escapes", () => {
    expect(splitWords('"a\\$b\\`c"', "shown")).toEqual(["a$b`c"]);
    expect(parseShownEnvironment(String.raw`A=b "B=c d" "C=say \"hi\"" D=`)).toEqual(
      new Map([
        ["A", "b"],
        ["B", "c d"],
        ["C", 'say "hi"'],
        ["D", ""],
      ]),
    );
    expect(parseShownEnvironment('A="b')).toBeUndefined();
  });
});

describe("a drop-in", () => {
  test("is read as systemd does", () => {
    const text = '# c\n; c\n\n[Service]\n Environment = A=1 "B=2 3"\nEnvironment=A=4\r\nEnvironment=C=100%%\n';
    expect(parseEnvironment(text)).toEqual(
      new Map([
        ["A", "4"],
        ["B", "2 3"],
        ["C", "100%"],
      ]),
    );
    expect(parseEnvironment("[Service]\nEnvironment=A=1\nEnvironment=\nEnvironment=B=2\n")).toEqual(
      new Map([["B", "2"]]),
    );
    expect(parseEnvironment("")).toEqual(new Map());
  });

  test.each([
    ["Environment=A=1", "line 1: 'Environment=A=1' assigns nothing within a section"],
    ["[Unit]\nEnvironment=A=1", "line 2: Environment= of [Unit] is not an Environment= of [Service]"],
    ["[Service]\nExecStart=/bin/false", "line 2: ExecStart= of [Service] is not an Environment="],
    ["[Service]\nEnvironmentFile=/a", "line 2: EnvironmentFile="],
    ["[Service]\nEnvironment=A=1 \\\nB=2", "line 2: it continues on the next line"],
    ["[Service]\nEnvironment=A", "line 2: 'A' assigns nothing"],
    ['[Service]\nEnvironment="A=1', "line 2: a quote is not closed"],
    ["[Service]\nEnvironment=A=%h", "line 2: 'A=%h' has a specifier"],
    ["[Service", "line 1: '[Service' is not a section"],
    ["[Service]\nrubbish", "line 2: 'rubbish' assigns nothing"],
  ])("%j is refused", (text, words) => {
    expect(() => parseEnvironment(text, "'/a.conf'")).toThrow(words);
  });

  test("accepts the longest value that a process may have, and nothing longer", () => {
    const longest = "x".repeat(128 * 1024 - 1 - "A=".length);
    expect(parseEnvironment(renderEnvironment(new Map([["A", longest]])))).toEqual(new Map([["A", longest]]));
    expect(() => renderEnvironment(new Map([["A", `${longest}x`]]))).toThrow("131072 bytes, of 131071 at most");
  });
});
