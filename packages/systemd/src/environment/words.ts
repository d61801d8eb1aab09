const SINGLE: ReadonlyMap<string, number> = new Map([
  ["a", 7],
  ["b", 8],
  ["f", 12],
  ["n", 10],
  ["r", 13],
  ["t", 9],
  ["v", 11],
  ["s", 32],
  ["\\", 92],
  ['"', 34],
  ["'", 39],
]);
const NUMERIC = /^(?:x([0-9A-Fa-f]{2})|([0-3][0-7]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8}))/;
const LAST_CODE_POINT = 0x10ffff;

/** Where the line comes from: systemd reads a unit file itself; `systemctl show` also escapes for a shell. */
export type Dialect = "unit-file" | "shown";

/**
 * Splits a line into words by systemd's rules (systemd.syntax(7), "Quoting"): white space separates, single and double
 * quotes keep together, a backslash begins a C-style escape, inside of quotes too.
 *
 * @returns the words, or a phrase that says why the line cannot be read
 */
export function splitWords(line: string, dialect: Dialect): readonly string[] | { readonly problem: string } {
  const words: string[] = [];
  let word: Uint8Array[] | null = null;
  let quote: string | null = null;
  for (let at = 0; at < line.length;) {
    const char = String.fromCodePoint(line.codePointAt(at) ?? 0);
    if (char === "\\") {
      const escape = readEscape(line.slice(at + 1, at + 10), dialect);
      if (escape === null) return { problem: `'${line.slice(at, at + 2)}' is not an escape` };
      (word ??= []).push(escape.bytes);
      at += 1 + escape.length;
      continue;
    }
    at += char.length;
    if (quote === null && /[ \t\n\r]/.test(char)) {
      if (word !== null) words.push(decode(word));
      word = null;
    } else if (char === quote) {
      quote = null;
    } else if (quote === null && (char === '"' || char === "'")) {
      quote = char;
      word ??= [];
    } else {
      (word ??= []).push(Buffer.from(char));
    }
  }
  if (quote !== null) return { problem: "a quote is not closed" };
  return word === null ? words : [...words, decode(word)];
}

/** The bytes that an escape stands for, and how many characters it takes. */
function readEscape(text: string, dialect: Dialect): { bytes: Uint8Array; length: number } | null {
  const first = text.charAt(0);
  const [whole, hex, octal, u4, u8] = NUMERIC.exec(text) ?? [];
  if (whole !== undefined) {
    const byte = hex === undefined ? octal && Number.parseInt(octal, 8) : Number.parseInt(hex, 16);
    if (typeof byte === "number") return byte === 0 ? null : { bytes: Uint8Array.of(byte), length: whole.length };
    const point = Number.parseInt(u4 ?? u8 ?? "", 16);
    if (point === 0 || point > LAST_CODE_POINT) return null;
    return { bytes: Buffer.from(String.fromCodePoint(point)), length: whole.length };
  }
  if (dialect === "shown" && (first === "$" || first === "`")) return { bytes: Buffer.from(first), length: 1 };
  const single = SINGLE.get(first);
  return single === undefined ? null : { bytes: Uint8Array.of(single), length: 1 };
}

function decode(bytes: readonly Uint8Array[]): string {
  return Buffer.concat(bytes).toString("utf8");
}
