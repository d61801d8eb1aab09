import { QscError } from "@qsc/contract";
import { shown } from "../ports/options.js";
import { MOST_SHARDS } from "./shard-id.js";

/** A text that has been read: whether a character is escaped decides what it means. */
type Char = { readonly text: string; readonly isPlain: boolean };

const RANGE = /^(-?\d{1,9}|[a-z])\.\.(-?\d{1,9}|[a-z])$/i;

/**
 * The keys that the setting `stream` names: one, several with commas between them, or a pattern whose braces are expanded
 * as a shell does, such as `intent:{0..7}` or `intent:{eu,us}`. Other braces stay as they are, such as the hash tag in
 * `{engine}:{0..7}`. A backslash makes the next character an ordinary one.
 * @throws QscError `invalid_source` for an empty or repeated key, or too many
 */
export function streamKeys(text: string): readonly string[] {
  const refuse = (why: string): never => {
    throw new QscError("invalid_source", `The stream ${shown(text)} ${why}.`);
  };
  const keys: string[] = [];
  for (const piece of split(read(text))) {
    for (const key of expanded(trimmed(piece))) {
      keys.push(key.map((char) => char.text).join(""));
      if (keys.length > MOST_SHARDS) refuse(`names more than ${MOST_SHARDS} keys; use fewer shards`);
    }
  }
  if (keys.includes("")) refuse("has an empty key; put single commas between keys");
  const twice = keys.find((key, at) => keys.indexOf(key) !== at);
  if (twice !== undefined) refuse(`names the key ${shown(twice)} twice; name each shard once`);
  return keys;
}

/** The text that names these keys, for documents and settings: `streamKeys` gives them again. */
export function keysText(keys: readonly string[]): string {
  const plain = keys.join(",");
  return isOf(plain, keys) ? plain : keys.map((key) => key.replace(/[\\{},]|^\s|\s$/g, "\\$&")).join(",");
}

function isOf(text: string, keys: readonly string[]): boolean {
  try {
    const read = streamKeys(text);
    return read.length === keys.length && read.every((key, at) => key === keys[at]);
  } catch (thrown) {
    if (thrown instanceof QscError) return false;
    throw thrown;
  }
}

function read(text: string): readonly Char[] {
  const chars: Char[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const isEscaped = text[at] === "\\" && at + 1 < text.length;
    if (isEscaped) at += 1;
    chars.push({ text: text[at] ?? "", isPlain: !isEscaped });
  }
  return chars;
}

function is(char: Char | undefined, text: string): boolean {
  return char?.isPlain === true && char.text === text;
}

/** The pieces between commas that stand outside all closed braces. */
function split(chars: readonly Char[]): readonly (readonly Char[])[] {
  const pieces: Char[][] = [[]];
  for (let at = 0; at < chars.length; at += 1) {
    const char = chars[at];
    if (char === undefined) break;
    const end = is(char, "{") ? closing(chars, at) : null;
    if (end !== null) {
      pieces.at(-1)?.push(...chars.slice(at, end + 1));
      at = end;
    } else if (is(char, ",")) pieces.push([]);
    else pieces.at(-1)?.push(char);
  }
  return pieces;
}

function trimmed(chars: readonly Char[]): readonly Char[] {
  const isSpace = (char: Char): boolean => char.isPlain && char.text.trim() === "";
  const from = chars.findIndex((char) => !isSpace(char));
  return from < 0 ? [] : chars.slice(from, chars.findLastIndex((char) => !isSpace(char)) + 1);
}

/** Where the brace that opens at `from` is closed; null if it is not. */
function closing(chars: readonly Char[], from: number): number | null {
  let depth = 0;
  for (let at = from; at < chars.length; at += 1) {
    if (is(chars[at], "{")) depth += 1;
    if (is(chars[at], "}") && --depth === 0) return at;
  }
  return null;
}

/** Every text that a pattern stands for, in the order in which a shell gives them. */
function* expanded(chars: readonly Char[]): Generator<readonly Char[]> {
  for (let at = 0; at < chars.length; at += 1) {
    const end = is(chars[at], "{") ? closing(chars, at) : null;
    const choices = end === null ? null : choicesOf(chars.slice(at + 1, end));
    if (end === null || choices === null) continue;
    for (const choice of choices)
      for (const own of expanded(choice))
        for (const rest of expanded(chars.slice(end + 1))) yield [...chars.slice(0, at), ...own, ...rest];
    return;
  }
  yield chars;
}

/** What stands between two braces, if it is a list or a range; null if it is only text. */
function choicesOf(chars: readonly Char[]): Iterable<readonly Char[]> | null {
  const listed = split(chars);
  if (listed.length > 1) return listed;
  const [, first, last] = chars.every(({ isPlain }) => isPlain)
    ? (RANGE.exec(chars.map(({ text }) => text).join("")) ?? [])
    : [];
  if (first === undefined || last === undefined) return null;
  const isLetters = [first, last].map((end) => /[a-z]/i.test(end));
  if (isLetters[0] !== isLetters[1]) return null;
  return range(first, last, isLetters[0] === true);
}

function* range(first: string, last: string, isLetters: boolean): Generator<readonly Char[]> {
  const of = (end: string): number => (isLetters ? (end.codePointAt(0) ?? 0) : Number(end));
  const [from, to] = [of(first), of(last)];
  const isPadded = [first, last].some((end) => /^-?0\d/.test(end));
  const width = isPadded ? Math.max(first.length, last.length) : 0;
  const step = from <= to ? 1 : -1;
  for (let at = from; step > 0 ? at <= to : at >= to; at += step) {
    const text = isLetters ? String.fromCodePoint(at) : padded(at, width);
    yield [...text].map((each) => ({ text: each, isPlain: false }));
  }
}

function padded(number: number, width: number): string {
  const digits = String(Math.abs(number));
  return number < 0 ? `-${digits.padStart(width - 1, "0")}` : digits.padStart(width, "0");
}
