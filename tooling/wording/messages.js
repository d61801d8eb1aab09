import { readFileSync } from "node:fs";
import ts from "typescript";

/**
 * @typedef {{ readonly file: string, readonly line: number, readonly text: string }} Message
 */

/**
 * Every text that a source file may print: its strings and templates of two or more words, except module names in
 * imports. A placeholder reads `...`.
 *
 * @param {string} file
 * @param {string} [source] its text, if it was already read
 * @returns {Message[]}
 */
export function messagesIn(file, source = readFileSync(file, "utf8")) {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  /** @type {Message[]} */
  const messages = [];
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return;
    const text = textOf(node);
    if (text?.trim().includes(" "))
      messages.push({ file, line: tree.getLineAndCharacterOfPosition(node.getStart()).line + 1, text });
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return messages;
}

/** @param {ts.Node} node @returns {string | null} */
function textOf(node) {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return null;
  return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join("...");
}
