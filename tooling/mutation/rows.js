import ts from "typescript";

import { isRow, propertyOf } from "./operators.js";

/** @typedef {import("./mutate.js").Replacement} Replacement */

/**
 * The mutants of one row of a table of limits, {violatedWhen: "below" | "above", limit | value: number}. All rows share
 * the comparison itself. For a single row it becomes inclusive if its limit moves by little more than the rounding that
 * comparisons allow for: then only the value at the limit changes sides.
 *
 * @param {ts.Node} node
 * @param {ts.SourceFile} source
 * @returns {Replacement[]}
 */
export function rowReplacements(node, source) {
  if (!ts.isObjectLiteralExpression(node) || !isRow(node)) return [];
  const side = propertyOf(node, "violatedWhen")?.initializer;
  const limit = (propertyOf(node, "limit") ?? propertyOf(node, "value"))?.initializer;
  if (side === undefined || limit === undefined || !ts.isStringLiteral(side)) return [];
  const value = numberOf(limit, source);
  if (value === undefined) return [];
  const below = side.text === "below";
  /** @param {string} kind @param {number} moved @returns {Replacement} */
  const at = (kind, moved) => ({ kind, node, to: textWith(node, limit, String(moved)) });
  const needs = propertyOf(node, "needs");
  return [
    { kind: "flip", node, to: textWith(node, side, below ? '"above"' : '"below"') },
    at("off by one: the limit itself violates", justBeyond(value, below ? 1 : -1)),
    at("drop: never violated", below ? -Number.MAX_VALUE : Number.MAX_VALUE),
    at("limit shifted", Number((value * 0.99).toPrecision(12))),
    at("limit shifted", Number((value * 1.01).toPrecision(12))),
    ...removed(node),
    ...(needs === undefined ? [] : [{ kind: "drop: needs nothing", node, to: textWith(node, needs, "") }]),
  ];
}

/**
 * Removes the row from its list, if others remain. @param {ts.ObjectLiteralExpression} node @returns {Replacement[]}
 */
function removed(node) {
  const { parent } = node;
  if (!ts.isArrayLiteralExpression(parent) || parent.elements.length < 2) return [];
  const rest = parent.elements.filter((element) => element !== node).map((element) => element.getText());
  return [{ kind: "drop: row removed", node: parent, to: `[${rest.join(", ")}]` }];
}

/** @param {ts.Node} node @param {ts.Node} part @param {string} to */
function textWith(node, part, to) {
  const text = node.getText();
  const start = part.getStart() - node.getStart();
  return text.slice(0, start) + to + text.slice(part.end - node.getStart());
}

/**
 * A literal, a constant of the file, or a product of those.
 *
 * @param {ts.Expression} node
 * @param {ts.SourceFile} source
 * @returns {number | undefined}
 */
function numberOf(node, source) {
  if (ts.isNumericLiteral(node)) return Number(node.text);
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.AsteriskToken) {
    const left = numberOf(node.left, source);
    const right = numberOf(node.right, source);
    return left === undefined || right === undefined ? undefined : left * right;
  }
  if (!ts.isIdentifier(node)) return undefined;
  const declared = source.statements
    .filter((statement) => ts.isVariableStatement(statement))
    .flatMap(({ declarationList }) => [...declarationList.declarations])
    .find(({ name }) => name.getText() === node.text)?.initializer;
  return declared === undefined ? undefined : numberOf(declared, source);
}

/**
 * A value that comparisons distinguish from another, with no evidence in between.
 * @param {number} value
 * @param {1 | -1} side
 */
export function justBeyond(value, side) {
  return value * (1 + side * 1e-9);
}
