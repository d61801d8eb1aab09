import { createHash } from "node:crypto";
import { appendFileSync, existsSync, readdirSync, readFileSync, realpathSync, truncateSync } from "node:fs";
import { join, sep } from "node:path";

/** @typedef {import("./mutate.js").Mutant} Mutant */
/** @typedef {import("./trials.js").Tried} Tried */
/** @typedef {import("./worker.js").Killer} Killer */

/**
 * What was tried, one JSON object a line, written as soon as it is known: a run that is cut off loses nothing.
 *
 * @typedef {{
 *   readonly found: (mutant: Mutant) => Killer | undefined,
 *   readonly note: (tried: Tried) => void,
 * }} Ledger
 *
 * `mutant`: the mutated file. `basis`: all else that the result depends on.
 *
 * @typedef {{ readonly mutant: string, readonly basis: string, readonly killer: Killer }} Row
 */

/**
 * A file of results. A result found in it counts only on the same basis: the same code of the package, of its
 * dependencies and of what its tests share; if the mutant was killed, the same killing test, and otherwise the same
 * tests altogether.
 *
 * @param {string} path
 * @param {string} directory the package; what becomes of it after this call does not matter
 * @returns {Ledger}
 * @throws Error when the file holds something else
 */
export function ledgerOf(path, directory) {
  const basisOf = basisIn(directory);
  const rows = new Map(rowsOf(path).map((row) => [row.mutant, row]));
  return {
    found(mutant) {
      const row = rows.get(nameOf(mutant));
      return row !== undefined && row.basis === basisOf(row.killer) ? row.killer : undefined;
    },
    note(tried) {
      const { killer } = tried;
      const row = { mutant: nameOf(tried), basis: basisOf(killer), killer };
      appendFileSync(path, `${JSON.stringify(row)}\n`);
    },
  };
}

/** @param {Mutant} mutant */
function nameOf({ file, line, kind, text }) {
  return `${file}:${line} ${kind} ${digest([text])}`;
}

/**
 * The rows, the newest last. What a cut-off left of the last line is removed.
 *
 * @param {string} path
 * @returns {Row[]}
 */
function rowsOf(path) {
  if (!existsSync(path)) return [];
  const bytes = readFileSync(path);
  const whole = bytes.subarray(0, bytes.lastIndexOf("\n") + 1);
  const lines = whole
    .toString()
    .split("\n")
    .filter((text) => text !== "");
  const rows = lines.map((text, index) => rowOf(text, `${path}:${index + 1}`));
  if (rows.length === 0 && bytes.length > 0 && !bytes.toString().startsWith('{"mutant":')) throw notALedger(path);
  truncateSync(path, whole.length);
  return rows;
}

/** @param {string} text @param {string} where @returns {Row} */
function rowOf(text, where) {
  /** @type {unknown} */
  let row;
  try {
    row = JSON.parse(text);
  } catch {
    throw notALedger(where);
  }
  if (!isRow(row)) throw notALedger(where);
  return row;
}

/** @param {unknown} row @returns {row is Row} */
function isRow(row) {
  if (typeof row !== "object" || row === null || !("mutant" in row) || !("basis" in row) || !("killer" in row))
    return false;
  return typeof row.mutant === "string" && typeof row.basis === "string" && isKiller(row.killer);
}

/** @param {unknown} killer */
function isKiller(killer) {
  if (killer === null) return true;
  if (typeof killer !== "object" || !("test" in killer) || !("title" in killer)) return false;
  return typeof killer.test === "string" && typeof killer.title === "string";
}

/** @param {string} where */
function notALedger(where) {
  return new Error(
    `${where} is no result of a mutation run: give --resume a file of its own, or one that does not exist`,
  );
}

/** @param {string} directory @returns {(killer: Killer) => string} */
function basisIn(directory) {
  const tests = textsIn(directory, "test", /\.test\.ts$/);
  const shared = digest([
    process.version,
    ...Object.entries(textsIn(directory, "src", /\.ts$/)).flat(),
    ...Object.entries(textsIn(directory, "test", /(?<!\.test\.ts)$/)).flat(),
    ...dependencies(directory),
  ]);
  const all = digest(Object.entries(tests).flat());
  return (killer) => digest([shared, killer === null ? all : (tests[killer.test] ?? all)]);
}

/** The built packages of this repository that a package uses. @param {string} directory */
function dependencies(directory) {
  const scope = join(directory, "node_modules", "@qsc");
  if (!existsSync(scope)) return [];
  return readdirSync(scope)
    .sort()
    .flatMap((name) => Object.entries(textsIn(realpathSync(join(scope, name)), "dist", /\.js$/)).flat());
}

/**
 * @param {string} directory
 * @param {string} part
 * @param {RegExp} pattern
 * @returns {Record<string, string>} by the path, with /
 */
function textsIn(directory, part, pattern) {
  const home = join(directory, part);
  if (!existsSync(home)) return {};
  const files = readdirSync(home, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => pattern.test(path))
    .sort();
  return Object.fromEntries(
    files.map((path) => [path.slice(directory.length + 1).replaceAll(sep, "/"), readFileSync(path, "utf8")]),
  );
}

/** @param {readonly string[]} texts */
function digest(texts) {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(`${text.length}:${text}`);
  return hash.digest("hex");
}
