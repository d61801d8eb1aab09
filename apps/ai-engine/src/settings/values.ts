import { assertSourceUrl } from "@qsc/stream-reader";
import { Problem } from "./problems.js";

/** Reads the text of a variable. @throws Problem naming variable and value. */
export type Reader<T> = (text: string, name: string) => T;

interface Range {
  readonly least: number;
  readonly most: number;
}

/** A whole number within a range. */
export function whole({ least, most }: Range): Reader<number> {
  return (text, name) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new Problem(`${name} is '${text}'; write a whole number from ${least} to ${most}.`);
  };
}

/** Entries to keep: 0 for all, or at least as many as a retried write looks back upon. */
export const lengthOrAll: Reader<number> = (text, name) => (text === "0" ? 0 : whole({ least: 1000, most: 1e9 })(text, name));

/** A number, not necessarily whole, within a range. */
export function decimal({ least, most }: Range): Reader<number> {
  return (text, name) => {
    const value = /^\d{1,12}(\.\d{1,9})?$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new Problem(`${name} is '${text}'; write a number from ${least} to ${most}.`);
  };
}

/** One of a few words. */
export function oneOf<const Word extends string>(words: readonly Word[]): Reader<Word> {
  return (text, name) => {
    const found = words.find((word) => word === text);
    if (found !== undefined) return found;
    throw new Problem(`${name} is '${text}'; write one of ${words.join(", ")}.`);
  };
}

/** `true` or `false`; nothing else, so that `yes` or `1` is not taken for no. */
export const flag: Reader<boolean> = (text, name) => oneOf(["true", "false"])(text, name) === "true";

/** A URL, or the path of a journal, that a sink can be opened at. */
export const sinkUrl: Reader<string> = (url) => {
  assertSourceUrl(url);
  return url;
};

/** Any text. */
export const text: Reader<string> = (value) => value;

const NAME = /^[\p{L}\p{N}][\p{L}\p{N}._:@+-]{0,63}$/u;

/** Different names, with commas between them. */
export const names: Reader<readonly string[]> = (list, name) => {
  const found = list.split(",").map((part) => part.trim());
  const odd = found.find((part) => !NAME.test(part));
  if (odd !== undefined) throw new Problem(`${name} holds '${odd}'; write names with commas between them, such as xgb,nhits.`);
  const twice = found.find((part, index) => found.indexOf(part) !== index);
  if (twice !== undefined) throw new Problem(`${name} holds '${twice}' twice; write each name once.`);
  return found;
};
