import { QscError } from "@qsc/contract";
import { assertSourceUrl, eventLogOf } from "@qsc/stream-reader";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { accessSync, constants, existsSync, readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { Problem } from "./problems.js";

/** Reads the text of a variable. @throws Problem that names the variable and its value. */
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

/** How many entries to keep: 0 for all, or at least as many as a repeated write checks for duplicates. */
export const lengthOrAll: Reader<number> = (text, name) =>
  text === "0" ? 0 : whole({ least: 1000, most: 1e9 })(text, name);

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

/** `true` or `false` and nothing else, so that `yes` or `1` is not read as false. */
export const flag: Reader<boolean> = (text, name) => oneOf(["true", "false"])(text, name) === "true";

/** A URL, or the path of an event log, that can be opened as a source or sink. */
export const sourceUrl: Reader<string> = (url, name) => {
  try {
    assertSourceUrl(url);
    return url;
  } catch (thrown) {
    throw thrown instanceof QscError ? new Problem(`${name}: ${thrown.message}`) : thrown;
  }
};

/** The same, if the event log can be created or appended to. */
export const sinkUrl: Reader<string> = (url, name) => {
  const path = eventLogOf(sourceUrl(url, name));
  if (path === null) return url;
  const folder = dirname(resolve(path));
  if (!isDirectory(folder))
    throw new Problem(`${name} is '${url}', but there is no directory '${folder}'; create it, or fix the path.`);
  if (!isWritable(existsSync(path) ? path : folder))
    throw new Problem(`${name} is '${url}', which this user may not write; grant write permission, or fix the path.`);
  return url;
};

/** The path of a directory. */
export const directory: Reader<string> = (path, name) => {
  if (isDirectory(path)) return path;
  throw new Problem(`${name} is '${path}', which is not a readable directory; create it, or fix the path.`);
};

/** The paths of files that can be read, separated by commas. */
export const files: Reader<readonly string[]> = (list, name) => {
  const paths = list.split(",").map((path) => path.trim());
  for (const path of paths) {
    if (paths.indexOf(path) !== paths.lastIndexOf(path))
      throw new Problem(`${name} is '${list}', which names '${path}' twice; name it once.`);
    if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true || !isReadable(path))
      throw new Problem(`${name} names '${path}', which is not a file that this user may read; fix the path.`);
  }
  return paths;
};

/** The path of a PEM file with a certificate. */
export const certificate: Reader<string> = (path, name) => {
  try {
    new X509Certificate(readFileSync(path));
    return path;
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new Problem(`${name} is '${path}', which cannot be read as a certificate (${why}); pass a PEM file.`);
  }
};

/** The path of a PEM file with a private key. */
export const privateKey: Reader<string> = (path, name) => {
  try {
    createPrivateKey(readFileSync(path));
    return path;
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new Problem(
      `${name} is '${path}', which cannot be read as a private key (${why}); pass a PEM file without a passphrase.`,
    );
  }
};

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function isWritable(path: string): boolean {
  return mayAccess(path, constants.W_OK);
}

function isReadable(path: string): boolean {
  return mayAccess(path, constants.R_OK);
}

function mayAccess(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

/** Any text. */
export const text: Reader<string> = (value) => value;

const NAME = /^[\p{L}\p{N}][\p{L}\p{N}._:@+-]{0,63}$/u;

/** Different names, separated by commas. */
export const names: Reader<readonly string[]> = (list, name) => {
  const found = list.split(",").map((part) => part.trim());
  const odd = found.find((part) => !NAME.test(part));
  if (odd !== undefined)
    throw new Problem(`${name} contains '${odd}'; write names separated by commas, such as xgb,nhits.`);
  const twice = found.find((part, index) => found.indexOf(part) !== index);
  if (twice !== undefined) throw new Problem(`${name} contains '${twice}' twice; write each name once.`);
  return found;
};
