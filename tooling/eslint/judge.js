import { dirname, join, sep } from "node:path";

import { arrows, confined, rooms } from "./arrows.js";

/**
 * Judges one import by the tables of arrows.js.
 *
 * @param {string} file the importing file, relative to the root
 * @param {string} specifier as written
 * @returns {string | undefined} why it is not allowed
 */
export function judgeImport(file, specifier) {
  const [group = "", name = "", area] = file.split(sep);
  const importer = `${group}/${name}`;
  const isTest = area === "test";
  if (specifier.startsWith(".")) return judgeRelative(file, specifier, isTest ? importer : `${importer}/src`);

  const [scope, target = "", inner] = specifier.split("/");
  if (scope === "@qsc-tooling") {
    return isTest ? undefined : `${specifier} is for tests: source may not import it`;
  }
  if (scope === "@qsc") {
    if (["src", "dist", "test"].includes(inner ?? "")) {
      return `${specifier} reaches inside a package: import what @qsc/${target} exports`;
    }
    const allowed = arrows[importer] ?? [];
    if (!allowed.includes(target)) return `${importer} may not import @qsc/${target} (tooling/eslint/arrows.js)`;
    return undefined;
  }
  return isTest ? undefined : judgeConfined(importer, specifier);
}

/** @param {string} importer @param {string} specifier */
function judgeConfined(importer, specifier) {
  const bare = specifier.replace(/^node:/, "");
  const owners = Object.entries(confined).find(([module]) => bare === module || bare.startsWith(`${module}/`))?.[1];
  return owners === undefined || owners.includes(importer)
    ? undefined
    : `only ${owners.join(" and ")} may import ${specifier}`;
}

/** @param {string} file @param {string} specifier @param {string} home */
function judgeRelative(file, specifier, home) {
  const target = join(dirname(file), specifier).split(sep).join("/");
  if (!target.startsWith(`${home}/`)) return `${specifier} leaves ${home}: import the package by its name`;
  return home.endsWith("/src") ? judgeRoom(file.split(sep).join("/"), target, home) : undefined;
}

/** @param {string} file @param {string} target @param {string} home */
function judgeRoom(file, target, home) {
  const tables = rooms[home.replace(/\/src$/, "")] ?? {};
  const [from, to] = [file, target].map((path) => path.slice(home.length + 1).split("/")[0] ?? "");
  const allowed = from === undefined ? undefined : tables[from];
  if (allowed === undefined || to === undefined || to === from || allowed.includes(to)) return undefined;
  const what = to in tables ? `the room ${to}` : `${to}, which is above it`;
  return `the room ${from} may not import ${what} (tooling/eslint/arrows.js)`;
}
