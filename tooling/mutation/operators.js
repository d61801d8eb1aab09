import ts from "typescript";

import { isText } from "./wording.js";

/** @typedef {import("./mutate.js").Replacement} Replacement */

const FLIPPED = new Map([
  ["<", ">"],
  [">", "<"],
  ["<=", ">="],
  [">=", "<="],
  ["===", "!=="],
  ["!==", "==="],
]);

const BY_ONE = new Map([
  ["<", "<="],
  ["<=", "<"],
  [">", ">="],
  [">=", ">"],
]);

const BESIDE = new Map([
  ["isAbove", "isBelow"],
  ["isBelow", "isAbove"],
]);

const OPPOSITE = new Map([
  ["+", "-"],
  ["-", "+"],
  ["||", "&&"],
  ["&&", "||"],
  ["some", "every"],
  ["every", "some"],
]);

/**
 * What may replace a node, whatever it means.
 *
 * @param {ts.Node} node
 * @returns {Replacement[]}
 */
export function replacements(node) {
  if (ts.isBinaryExpression(node)) {
    const operator = node.operatorToken.getText();
    if (FLIPPED.has(operator)) return comparison(node, operator);
    if (operator === "||" || operator === "&&") return logic(node, operator);
    if (["+", "-", "*", "/"].includes(operator) && !isText(node)) return arithmetic(node, operator);
  }
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
    return [{ kind: "not dropped", node, to: node.operand.getText() }];
  }
  if (ts.isCallExpression(node)) return call(node);
  if (ts.isObjectLiteralExpression(node)) return ranks(node);
  if (ts.isNumericLiteral(node)) return constant(node);
  return [];
}

/** @param {ts.BinaryExpression} node @param {string} operator @returns {Replacement[]} */
function comparison(node, operator) {
  const left = node.left.getText();
  const right = node.right.getText();
  const flipped = { kind: "flip", node, to: `${left} ${FLIPPED.get(operator) ?? ""} ${right}` };
  // The compiler requires a guard against null: without it nothing would compile.
  if (right === "null" || right === "undefined") return [flipped];
  const all = [flipped, { kind: "drop", node, to: "false" }, { kind: "drop", node, to: "true" }];
  const byOne = BY_ONE.get(operator);
  if (byOne !== undefined) all.splice(1, 0, { kind: "off by one", node, to: `${left} ${byOne} ${right}` });
  if (/^\d+$/.test(right)) {
    all.splice(1, 0, { kind: "off by one", node, to: `${left} ${operator} ${Number(right) + 1}` });
  }
  return all;
}

/** @param {ts.BinaryExpression} node @param {string} operator @returns {Replacement[]} */
function logic(node, operator) {
  const left = node.left.getText();
  const right = node.right.getText();
  return [
    { kind: "drop", node, to: left },
    { kind: "drop", node, to: right },
    { kind: "flip", node, to: `(${left}) ${OPPOSITE.get(operator) ?? ""} (${right})` },
  ];
}

/** @param {ts.BinaryExpression} node @param {string} operator @returns {Replacement[]} */
function arithmetic(node, operator) {
  const left = node.left.getText();
  const dropped = { kind: "term dropped", node, to: left };
  const opposite = OPPOSITE.get(operator);
  if (opposite === undefined) return [dropped];
  return [dropped, { kind: "sign", node, to: `${left} ${opposite} ${node.right.getText()}` }];
}

/** `some` for `every`, and a bound that is removed. @param {ts.CallExpression} node @returns {Replacement[]} */
function call(node) {
  const { expression } = node;
  if (ts.isIdentifier(expression)) return beside(node, expression.text);
  if (!ts.isPropertyAccessExpression(expression)) return [];
  const opposite = OPPOSITE.get(expression.name.text);
  if (opposite !== undefined) return [{ kind: "flip", node: expression.name, to: opposite }];
  const [first, second] = node.arguments;
  if (/^Math\.(min|max)$/.test(expression.getText()) && first !== undefined && second !== undefined) {
    return [first, second].map((kept) => ({ kind: "bound dropped", node, to: kept.getText() }));
  }
  return [];
}

/**
 * A comparison with a limit, written as a call.
 * @param {ts.CallExpression} node
 * @param {string} name
 * @returns {Replacement[]}
 */
function beside(node, name) {
  const opposite = BESIDE.get(name);
  if (opposite === undefined) return [];
  const given = node.arguments.map((argument) => argument.getText()).join(", ");
  return [
    { kind: "flip", node, to: `${opposite}(${given})` },
    { kind: "off by one", node, to: `!${opposite}(${given})` },
    { kind: "drop", node, to: "false" },
    { kind: "drop", node, to: "true" },
  ];
}

/** An order given as {name: number, ...}: swaps every two names. @param {ts.ObjectLiteralExpression} node */
function ranks(node) {
  const rows = node.properties.filter((property) => ts.isPropertyAssignment(property));
  if (rows.length < 2 || !rows.every(({ initializer }) => ts.isNumericLiteral(initializer))) return [];
  return rows.flatMap((one, index) =>
    rows
      .slice(index + 1)
      .filter((other) => other.initializer.getText() !== one.initializer.getText())
      .map((other) => {
        const swapped = rows.map((row) => {
          const value = row === one ? other : row === other ? one : row;
          return `${row.name.getText()}: ${value.initializer.getText()}`;
        });
        return { kind: "order", node, to: `{ ${swapped.join(", ")} }` };
      }),
  );
}

/** Moves constants and fractions a little, both ways. @param {ts.NumericLiteral} node @returns {Replacement[]} */
function constant(node) {
  const value = Number(node.text);
  const { parent } = node;
  const isConstant = ts.isVariableDeclaration(parent) && ts.isSourceFile(parent.parent.parent.parent);
  const isDefault = ts.isBindingElement(parent) && value !== 0;
  if (!isConstant && !isDefault && Number.isInteger(value)) return [];
  if (ts.isPropertyAssignment(parent) && ts.isObjectLiteralExpression(parent.parent) && isRow(parent.parent)) return [];
  const by = Number.isInteger(value) ? 1 : value / 100;
  return [value - by, value + by].map((moved) => ({
    kind: "limit shifted",
    node,
    to: String(Number(moved.toPrecision(12))),
  }));
}

/** A row of a table of limits. @param {ts.ObjectLiteralExpression} node */
export function isRow(node) {
  return propertyOf(node, "violatedWhen") !== undefined;
}

/** @param {ts.ObjectLiteralExpression} node @param {string} name @returns {ts.PropertyAssignment | undefined} */
export function propertyOf(node, name) {
  return node.properties
    .filter((property) => ts.isPropertyAssignment(property))
    .find((property) => property.name.getText() === name);
}
