import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import ts from "typescript";

/**
 * Which probe a node stands behind: the one at the beginning of the innermost function around it, or of the module. What
 * a function is given is evaluated before its body, so it belongs to what is around the function.
 *
 * @param {string} file
 * @param {ts.Node} node
 */
export function probeOf(file, node) {
  for (let inner = node; !ts.isSourceFile(inner); inner = inner.parent) {
    if (bodyOf(inner.parent) === inner) return `${file}:${inner.getStart()}`;
  }
  return `${file}:0`;
}

/**
 * The same code, which also says of each function, and of the module, that it was reached.
 *
 * @param {string} file
 * @param {string} text
 */
export function withProbes(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true);
  /** @type {{ at: number, text: string }[]} */
  const added = [{ at: 0, text: `${call(`${file}:0`)};` }];
  /** @param {ts.Node} node */
  const visit = (node) => {
    const body = bodyOf(node);
    if (body !== undefined) {
      const start = body.getStart(source);
      const probe = call(`${file}:${start}`);
      if (ts.isBlock(body)) added.push({ at: start + 1, text: `${probe};` });
      else added.push({ at: start, text: `(${probe}, ` }, { at: body.end, text: ")" });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  // From behind, so that no place moves; of two at one place, the later one stands first.
  return added
    .map((one, index) => ({ ...one, index }))
    .sort((a, b) => b.at - a.at || b.index - a.index)
    .reduce((made, { at, text: probe }) => made.slice(0, at) + probe + made.slice(at), text);
}

/** What a setup file must hold, so that each test file writes down the probes that it reached. @param {string} directory */
export function probeSetup(directory) {
  return `import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { afterAll, expect } from "vitest";
const reached = new Set();
globalThis.__qscReached = (probe) => reached.add(probe);
afterAll(() => {
  if (reached.size === 0) return;
  mkdirSync(${JSON.stringify(directory)}, { recursive: true });
  const name = basename(expect.getState().testPath ?? "");
  writeFileSync(join(${JSON.stringify(directory)}, name), JSON.stringify([...reached]));
});
`;
}

/**
 * What the test files wrote down, which is then removed.
 *
 * @param {string} directory
 * @returns {ReadonlyMap<string, ReadonlySet<string>>} the probes by the name of a test file
 */
export function takeReached(directory) {
  const names = readdirSync(directory);
  const reached = new Map(
    names.map((name) => [name, new Set(JSON.parse(readFileSync(join(directory, name), "utf8")))]),
  );
  rmSync(directory, { recursive: true });
  return reached;
}

/** @param {ts.Node} node @returns {ts.Node | undefined} */
function bodyOf(node) {
  return ts.isFunctionLike(node) && "body" in node ? /** @type {ts.Node | undefined} */ (node.body) : undefined;
}

/** @param {string} probe */
function call(probe) {
  return `globalThis.__qscReached?.(${JSON.stringify(probe)})`;
}
