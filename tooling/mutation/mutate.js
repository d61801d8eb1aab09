import ts from "typescript";

import { replacements } from "./operators.js";
import { probeOf } from "./reach.js";
import { rowReplacements } from "./rows.js";
import { choosesWords } from "./wording.js";

/**
 * A change of a node: what kind, and what stands there instead.
 *
 * @typedef {{ readonly kind: string, readonly node: ts.Node, readonly to: string }} Replacement
 *
 * A mutant: a file in which one thing is otherwise. `from` and `to` are what is written there, on one line. `probe` is what
 * a test reaches before it can notice (reach.js).
 *
 * @typedef {{
 *   readonly file: string,
 *   readonly line: number,
 *   readonly probe: string,
 *   readonly kind: string,
 *   readonly from: string,
 *   readonly to: string,
 *   readonly text: string,
 * }} Mutant
 */

/**
 * Every mutant of one file, in order of lines. Code that only chooses words is not mutated.
 *
 * @param {string} file its name, for messages
 * @param {string} text
 * @returns {Mutant[]}
 */
export function mutantsOf(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true);
  /** @type {Replacement[]} */
  const found = [];
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (choosesWords(node)) return;
    found.push(...rowReplacements(node, source), ...replacements(node));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found
    .map(({ kind, node, to }) => {
      const start = node.getStart(source);
      const from = text.slice(start, node.end);
      const line = source.getLineAndCharacterOfPosition(start).line + 1;
      return {
        file,
        line,
        probe: probeOf(file, node),
        kind,
        from: oneLine(from),
        to: oneLine(to),
        text: text.slice(0, start) + to + text.slice(node.end),
      };
    })
    .sort((a, b) => a.line - b.line);
}

/** @param {string} text */
function oneLine(text) {
  return text.replace(/\s+/g, " ").trim();
}
