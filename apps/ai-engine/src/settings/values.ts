import { QscError } from "@qsc/contract";
import { assertSourceUrl, eventLogOf } from "@qsc/stream-reader";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { accessSync, constants, existsSync, readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
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

/** A URL, or the path of a journal, that a source or sink can be opened at. */
export const sourceUrl: Reader<string> = (url, name) => {
  try {
    assertSourceUrl(url);
    return url;
  } catch (thrown) {
    throw thrown instanceof QscError ? new Problem(`${name}: ${thrown.message}`) : thrown;
  }
};

/** As `sourceUrl`; a journal can be made or appended to. */
export const sinkUrl: Reader<string> = (url, name) => {
  const path = eventLogOf(sourceUrl(url, name));
  if (path === null) return url;
  const folder = dirname(resolve(path));
  if (!isDirectory(folder)) throw new Problem(`${name} is '${url}', and there is no directory '${folder}'; create it, or fix the path.`);
  if (!isWritable(existsSync(path) ? path : folder)) throw new Problem(`${name} is '${url}', which this user may not write; give it the permission, or fix the path.`);
  return url;
};

/** The path of a directory. */
export const directory: Reader<string> = (path, name) => {
  if (isDirectory(path)) return path;
  throw new Problem(`${name} is '${path}', which is not a directory that can be read; create it, or fix the path.`);
};

/** The path of a PEM file with a certificate. */
export const certificate: Reader<string> = (path, name) => {
  try {
    new X509Certificate(readFileSync(path));
    return path;
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new Problem(`${name} is '${path}', which cannot be read as a certificate (${why}); name its PEM file.`);
  }
};

/** The path of a PEM file with a private key. */
export const privateKey: Reader<string> = (path, name) => {
  try {
    createPrivateKey(readFileSync(path));
    return path;
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new Problem(`${name} is '${path}', which cannot be read as a private key (${why}); name its PEM file, without a passphrase.`);
  }
};

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

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
