import { posix } from "node:path";

/**
 * What is read of a package's manifest.
 *
 * @typedef {{ name: string, private?: boolean, license?: string, keywords?: string[], exports?: Record<string, unknown>, bin?: Record<string, string>, man?: string[] }} Manifest
 */

/**
 * What keeps a package from being packed: without this, `npm pack` in an unbuilt clone makes an empty package. Null if
 * nothing does.
 *
 * @param {Manifest} manifest
 * @param {(path: string) => boolean} exists
 * @param {{ builtMs: number | null, newestSourceMs: number }} times
 * @returns {string | null}
 */
export function faultOfBuild(manifest, exists, { builtMs, newestSourceMs }) {
  const missing = promised(manifest).filter((path) => !exists(path));
  if (missing.length > 0) return `there is no ${missing.join(", ")}`;
  if (builtMs === null) return "it has never been built";
  return newestSourceMs > builtMs ? "a source is newer than its build" : null;
}

/**
 * What is wrong with a packed package; empty if nothing is.
 *
 * @param {Manifest} manifest
 * @param {ReadonlyMap<string, string>} files the text of each, by its path in the package
 * @returns {string[]}
 */
export function faultsOfPackage(manifest, files) {
  const needed = ["LICENSE", "README.md", ...promised(manifest)].filter((path) => !files.has(path));
  return [
    ...(manifest.license === "Apache-2.0" ? [] : ["its license is not Apache-2.0"]),
    ...((manifest.keywords ?? []).length === 0 ? ["it has no keywords"] : []),
    ...needed.map((path) => `${path} is not in it`),
    ...[...files].flatMap(([path, text]) => (path.endsWith(".map") ? lostSources(path, text, files) : [])),
  ];
}

/** The files that a manifest tells others to load. @param {Manifest} manifest */
function promised({ exports = {}, bin = {}, man = [] }) {
  return [...targets(exports), ...Object.values(bin), ...man].map((path) => path.replace(/^\.\//, ""));
}

/** @param {unknown} entry @returns {string[]} */
function targets(entry) {
  if (typeof entry === "string") return [entry];
  return entry !== null && typeof entry === "object" ? Object.values(entry).flatMap(targets) : [];
}

/** @param {string} path @param {string} text @param {ReadonlyMap<string, string>} files */
function lostSources(path, text, files) {
  /** @type {{ sources: string[], sourcesContent?: string[] }} */
  const { sources, sourcesContent } = JSON.parse(text);
  if (sourcesContent !== undefined) return [];
  return sources
    .map((source) => posix.join(posix.dirname(path), source))
    .filter((source) => !files.has(source))
    .map((source) => `${path} names ${source}, which is not in it`);
}
