import { QscError } from "@qsc/contract";
import type { MathNode } from "mathjs";

/** The named statistics that an expression may use. */
export const EXPRESSION_NAMES = [
  "n",
  "nonPredictions",
  "absent",
  "nonPredictionShare",
  "mean",
  "std",
  "minConfidence",
  "maxConfidence",
  "p10",
  "p90",
  "entropy",
  "largestShare",
  "modeShare",
  "latencyP95Ms",
] as const;

export type ExpressionName = (typeof EXPRESSION_NAMES)[number];

/** The functions that an expression may call: each takes constant time. */
const FUNCTIONS = ["abs", "min", "max", "sqrt", "log", "exp", "pow", "round", "floor", "ceil"];
const OPERATORS = new Set([
  "add",
  "subtract",
  "multiply",
  "divide",
  "pow",
  "unaryMinus",
  "unaryPlus",
  "smaller",
  "smallerEq",
  "larger",
  "largerEq",
  "equal",
  "unequal",
  "and",
  "or",
  "not",
]);
const MAX_LENGTH = 500;

/** A compiled expression: true when violated. Throws where a name has no value or the result is no boolean. */
export type Expression = (values: Readonly<Record<string, number>>) => boolean;

/**
 * Compiles an expression such as `p90 - p10 < 0.2`. Only numbers, the named statistics, shares
 * as `share_<LABEL>`, arithmetic, comparisons, and/or/not, `a ? b : c` and a few functions of
 * constant time are allowed: no assignment, no import, no access, no loop, no strings. The text
 * is at most 500 characters, so that its evaluation takes bounded time.
 * @throws QscError `invalid_policy` that names the part that is not allowed.
 */
export async function compileExpression(text: string, name: string): Promise<Expression> {
  const refuse = (problem: string, cause?: unknown): never => {
    const shown = text.length > 80 ? `${text.slice(0, 80)}...` : text;
    throw new QscError("invalid_policy", `${name}: '${shown}' ${problem}.`, { cause });
  };
  if (text.length > MAX_LENGTH) return refuse(`is longer than ${MAX_LENGTH} characters`);
  const { parse } = await import("mathjs/number");
  let tree: MathNode;
  try {
    tree = parse(text);
  } catch (cause) {
    return refuse(`does not compile: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
  tree.traverse((node, _path, parent) => {
    const problem = objection(node, parent);
    if (problem !== null) refuse(problem);
  });
  const code = tree.compile();
  return (values) => {
    const scope = new Map<string, number>(Object.entries(values));
    for (const symbol of symbolsOf(tree)) {
      if (!scope.has(symbol)) throw new TypeError(`${symbol} has no value here`);
    }
    const result: unknown = code.evaluate(scope);
    if (typeof result !== "boolean") throw new TypeError("the result is neither true nor false");
    return result;
  };
}

const SHARE = /^share_[A-Za-z0-9_]+$/;

/** Why a node is not allowed, or null. */
function objection(node: MathNode, parent: MathNode | null): string | null {
  switch (node.type) {
    case "ConstantNode":
      return typeof value(node) === "number" ? null : "uses a value that is no number";
    case "SymbolNode":
      return isFunctionName(node, parent) ? null : unknownSymbol(String(nameOf(node)));
    case "OperatorNode":
      return OPERATORS.has(String((node as { fn?: unknown }).fn)) ? null : `uses the operator ${String((node as { op?: unknown }).op)}`;
    case "FunctionNode": {
      const called = nameOf((node as unknown as { fn: MathNode }).fn);
      return FUNCTIONS.includes(String(called)) ? null : `calls ${String(called)}; allowed are ${FUNCTIONS.join(", ")}`;
    }
    case "ParenthesisNode":
    case "ConditionalNode":
    case "RelationalNode":
      return null;
    default:
      return `uses ${node.type.replace(/Node$/, "").toLowerCase()}, which is not allowed`;
  }
}

function unknownSymbol(name: string): string | null {
  const known: readonly string[] = EXPRESSION_NAMES;
  if (known.includes(name) || SHARE.test(name)) return null;
  return `names ${name}; known are ${known.join(", ")} and share_<LABEL>`;
}

function isFunctionName(node: MathNode, parent: MathNode | null): boolean {
  return parent?.type === "FunctionNode" && (parent as unknown as { fn: MathNode }).fn === node;
}

function symbolsOf(tree: MathNode): string[] {
  return tree
    .filter((node, _path, parent) => node.type === "SymbolNode" && !isFunctionName(node, parent))
    .map((node) => String(nameOf(node)));
}

function nameOf(node: MathNode): unknown {
  return (node as { name?: unknown }).name;
}

function value(node: MathNode): unknown {
  return (node as { value?: unknown }).value;
}
