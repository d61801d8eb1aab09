import fc from "fast-check";
import { anyText } from "./any-text.js";

/** Values that may trip systemd's quoting, its specifiers, a shell or a parser. */
const PARTS = [
  '"',
  "'",
  "\\",
  "\\\\",
  "%",
  "%%",
  "%h",
  "%n",
  "$",
  "$$",
  "${HOME}",
  "`id`",
  " ",
  "  ",
  "=",
  ";",
  "#",
  "!",
  "*",
  "~",
  String.raw`\n`,
  String.raw`\x41`,
  String.raw`\"`,
  "[Service]",
  "Environment=A=b",
  "é",
  "ß",
  "日本",
  "👩‍💻",
  "🏳️‍🌈",
  "\u2028",
  "\u00a0",
  "\u200d",
  "\ufeff",
  "\u202e",
];

/** Any text that an environment may hold: without control characters and noncharacters. */
const text = anyText.filter((value) => !/[\p{Cc}\p{Noncharacter_Code_Point}]/u.test(value));

const hostileValue: fc.Arbitrary<string> = fc
  .array(fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...PARTS) }, { weight: 1, arbitrary: text }), {
    maxLength: 8,
  })
  .map((parts) => parts.join(""));

/** Names share a prefix, so that none means something to a process. */
export const hostileEnvironment: fc.Arbitrary<ReadonlyMap<string, string>> = fc
  .array(hostileValue, { minLength: 1, maxLength: 60 })
  .map((values) => new Map(values.map((value, index) => [`QSC_T${index}`, value])));
