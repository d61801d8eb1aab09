import { existsSync, readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import ts from "typescript";

import { root } from "../bootstrap/root.js";

/**
 * Files that import each other in a circle are really one file: to understand one you must read all. Type imports
 * count.
 *
 * @type {import("eslint").Rule.RuleModule}
 */
export const noCircles = {
  meta: { type: "problem", schema: [] },
  create(context) {
    /** @param {any} node */
    const check = (node) => {
      const specifier = node.source?.value;
      if (typeof specifier !== "string") return;
      const target = fileOf(context.filename, specifier);
      const way = target === null ? null : wayTo(target, context.filename);
      if (way === null) return;
      const names = [context.filename, ...way].map((file) => relative(root, file));
      context.report({
        node,
        message: `Imports go in a circle: ${names.join(" -> ")}. Move what they share to a file of its own.`,
      });
    };
    return { ImportDeclaration: check, ExportNamedDeclaration: check, ExportAllDeclaration: check };
  },
};

/** @type {Map<string, readonly string[]>} */
const known = new Map();

/**
 * The chain of imports from one file to another, including both; null if there is none.
 * @param {string} from
 * @param {string} to
 */
export function wayTo(from, to, imports = importsOf) {
  /** @type {Map<string, string | null>} */
  const cameFrom = new Map([[from, null]]);
  const waiting = [from];
  for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
    if (file === to) return backFrom(to, cameFrom);
    for (const next of imports(file)) {
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, file);
      waiting.push(next);
    }
  }
  return null;
}

/** @param {string} end @param {ReadonlyMap<string, string | null>} cameFrom */
function backFrom(end, cameFrom) {
  const way = [];
  for (let file = /** @type {string | null} */ (end); file !== null; file = cameFrom.get(file) ?? null)
    way.unshift(file);
  return way;
}

/** @param {string} file */
function importsOf(file) {
  const found =
    known.get(file) ??
    ts.preProcessFile(readFileSync(file, "utf8")).importedFiles.flatMap(({ fileName }) => fileOf(file, fileName) ?? []);
  known.set(file, found);
  return found;
}

/**
 * The source file that a relative import names; null for any other import.
 * @param {string} from
 * @param {string} specifier
 */
function fileOf(from, specifier) {
  if (!specifier.startsWith(".")) return null;
  const file = resolve(dirname(from), specifier.replace(/\.js$/, ".ts"));
  return existsSync(file) ? file : null;
}
