import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { optionsOf, type Command } from "../src/command.js";
import { COMMANDS } from "../src/commands/table.js";
import { parseLine } from "../src/parser.js";
import { readPlainLine } from "../src/plain-line.js";

const gate = ["quality-gate", "--mode", "canary"];

/**
 * The parser's reading of a line: its command, and the values of the command's own options; its message if it refuses.
 */
async function parsed(args: readonly string[]) {
  try {
    const read = await parseLine(args, "1.2.3", 80);
    if ("words" in read) return read;
    const { command, flags } = read;
    const own = Object.keys(optionsOf(command)).flatMap((key) =>
      flags[key] === undefined ? [] : [[key, flags[key]] as const],
    );
    return { command, flags: Object.fromEntries(own) };
  } catch (error) {
    return { refused: String(error) };
  }
}

describe("a line that is written out in full is read without the parser", () => {
  test("each option with its value, or its default", () => {
    const line = readPlainLine([
      ...gate,
      "--source=file:a b.ndjson",
      "--wait",
      "--json",
      "--as-of",
      "2026-01-11T08:30:00Z",
    ]);
    expect(line?.command.name).toBe("quality-gate");
    expect(line?.flags).toEqual({
      mode: "canary",
      source: "file:a b.ndjson",
      shadow: false,
      wait: true,
      json: true,
      quiet: false,
      verbose: false,
      "as-of": "2026-01-11T08:30:00Z",
    });
  });

  test.each([
    ["no command", []],
    ["an unknown command", ["judge"]],
    ["a word that belongs to the command", ["audit", "verify"]],
    ["help", [...gate, "--help"]],
    ["a short option", [...gate, "-h"]],
    ["a word too many", [...gate, "scoreboard"]],
    ["an unknown option", [...gate, "--nope", "1"]],
    ["an option of every object", [...gate, "--constructor", "1"]],
    ["an option twice", [...gate, "--count", "1", "--count", "2"]],
    ["an option without its value", [...gate, "--count"]],
    ["an empty value", [...gate, "--count="]],
    ["a value like an option", [...gate, "--count", "-5"]],
    ["a value in quotes", [...gate, "--model", "'xgb'"]],
    ["a switch with a word", [...gate, "--wait", "true"]],
    ["a switch with a value", [...gate, "--wait=false"]],
    ["an unknown choice", ["quality-gate", "--mode", "full"]],
    ["a missing required option", ["quality-gate"]],
    ["an end of the options", [...gate, "--"]],
  ])("but not %s", (_what, args) => {
    expect(readPlainLine(args)).toBeNull();
  });

  test("any line, as the parser would read it", async () => {
    let plain = 0;
    await fc.assert(
      fc.asyncProperty(lines, async (args) => {
        const line = readPlainLine(args);
        if (line === null) return;
        plain += 1;
        expect(await parsed(args)).toEqual(line);
      }),
      { numRuns: 700 },
    );
    expect(plain).toBeGreaterThan(100);
  });
});

/** Words that a parser may take for more than a value. */
const odd = fc.constantFrom(
  "",
  "-",
  "--",
  "-1",
  "1e3",
  "0x10",
  "true",
  "false",
  "help",
  "a=b",
  "=",
  "a.b",
  "'a'",
  '"',
  "--json",
  "--no-json",
  "--yes",
  "-h",
  "-V",
  "--help",
  "__proto__",
  "canary",
  "50",
  "scoreboard",
);
const value = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: "grapheme", minLength: 1 }) },
  { weight: 1, arbitrary: odd },
);

/** Lines of a command, most of them as in its help, and some with words that do not belong. */
const lines = fc.constantFrom(...COMMANDS).chain((command) =>
  fc
    .tuple(
      fc.shuffledSubarray(Object.entries(optionsOf(command))),
      fc.array(fc.tuple(fc.nat(20), odd), { maxLength: 1 }),
    )
    .chain(([options, strays]) =>
      fc.tuple(...required(command, options).map(([key, option]) => written(key, option))).map((pairs) => {
        const words = pairs.flat();
        for (const [at, stray] of strays) words.splice(at % (2 * words.length + 1), 0, stray);
        return [command.name, ...words];
      }),
    ),
);

type Entry = readonly [string, ReturnType<typeof optionsOf>[string]];

/** With the options that the command requires. */
function required(command: Command, options: readonly Entry[]): readonly Entry[] {
  return [
    ...options,
    ...Object.entries(optionsOf(command)).filter(
      ([key, { demandOption }]) => demandOption !== undefined && !options.some(([given]) => given === key),
    ),
  ];
}

function written(key: string, { type, choices }: Entry[1]): fc.Arbitrary<readonly string[]> {
  if (type === "boolean") return fc.constant([`--${key}`]);
  const values = choices === undefined ? value : fc.constantFrom(...choices.map(String));
  return fc
    .tuple(values, fc.boolean())
    .map(([text, attached]) => (attached ? [`--${key}=${text}`] : [`--${key}`, text]));
}
