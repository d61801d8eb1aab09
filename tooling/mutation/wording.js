import ts from "typescript";

/**
 * Whether a node only builds a sentence: a template, or a condition that chooses between texts. One-word texts, such as
 * statuses, do not count.
 *
 * @param {ts.Node} node
 */
export function choosesWords(node) {
  if (ts.isTemplateExpression(node)) return true;
  return ts.isConditionalExpression(node) && isText(node);
}

/** @param {ts.Node} node @returns {boolean} */
export function isText(node) {
  if (ts.isStringLiteralLike(node)) return node.text === "" || node.text.includes(" ");
  if (ts.isTemplateExpression(node)) return true;
  if (ts.isParenthesizedExpression(node)) return isText(node.expression);
  if (ts.isConditionalExpression(node)) return isText(node.whenTrue) || isText(node.whenFalse);
  return (
    ts.isBinaryExpression(node) &&
    node.operatorToken.kind === ts.SyntaxKind.PlusToken &&
    (isText(node.left) || isText(node.right))
  );
}
