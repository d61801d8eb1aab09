import { QscError } from "@qsc/contract";
import type {
  ConditionalNode,
  ConstantNode,
  FunctionNode,
  MathNode,
  OperatorNode,
  parse as Parse,
  ParenthesisNode,
  RelationalNode,
  SymbolNode,
} from "mathjs";
import { dependencyMissing } from "../given/dependency-missing.js";

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

/**
 * A compiled expression: true when violated. Throws when a name has no value, a number is not finite, or the result
 * is not a boolean.
 */
export type Expression = (values: Readonly<Record<string, number>>) => boolean;

type Value = number | boolean;
type Evaluate = (values: Readonly<Record<string, number>>) => Value;

const MAX_LENGTH = 500;
const SHARE = /^share_[A-Za-z0-9_]+$/;

interface Callable {
  readonly of: (...args: number[]) => number;
  /** How many values it takes; null: one or more. */
  readonly takes: number | null;
}

/** The functions that may be called: each takes constant time. */
const FUNCTIONS: ReadonlyMap<string, Callable> = new Map([
  ["abs", { of: Math.abs, takes: 1 }],
  ["min", { of: Math.min, takes: null }],
  ["max", { of: Math.max, takes: null }],
  ["sqrt", { of: Math.sqrt, takes: 1 }],
  ["log", { of: Math.log, takes: 1 }],
  ["exp", { of: Math.exp, takes: 1 }],
  ["pow", { of: Math.pow, takes: 2 }],
  ["round", { of: Math.round, takes: 1 }],
  ["floor", { of: Math.floor, takes: 1 }],
  ["ceil", { of: Math.ceil, takes: 1 }],
]);

const ARITHMETIC: ReadonlyMap<string, (a: number, b: number) => number> = new Map([
  ["add", (a, b) => a + b],
  ["subtract", (a, b) => a - b],
  ["multiply", (a, b) => a * b],
  ["divide", (a, b) => a / b],
  ["pow", (a, b) => a ** b],
]);

const COMPARISONS: ReadonlyMap<string, (a: number, b: number) => boolean> = new Map([
  ["smaller", (a, b) => a < b],
  ["smallerEq", (a, b) => a <= b],
  ["larger", (a, b) => a > b],
  ["largerEq", (a, b) => a >= b],
  ["equal", (a, b) => a === b],
  ["unequal", (a, b) => a !== b],
]);

/**
 * Compiles an expression such as `p90 - p10 < 0.2`. mathjs parses it. This function lists what is allowed: numbers,
 * the named statistics, shares as `share_<LABEL>`, arithmetic, comparisons, and/or/not, `a ? b : c` and a few
 * functions of constant time. Assignments, imports, property access, loops and strings are not, and neither are more
 * than 500 characters. So an expression can only return a value, in bounded time.
 *
 * @param labels the labels whose shares may be used, in any branch
 *
 * @throws QscError `invalid_policy` that names the part that is not allowed; `dependency_missing` without mathjs.
 */
export async function compileExpression(text: string, name: string, labels: readonly string[]): Promise<Expression> {
  const refuse = (problem: string, cause?: unknown): never => {
    const shown = text.length > 80 ? `${text.slice(0, 80)}...` : text;
    throw new QscError("invalid_policy", `${name}: '${shown}' ${problem}.`, { cause });
  };
  if (text.length > MAX_LENGTH) return refuse(`is longer than ${MAX_LENGTH} characters`);
  const parse = await parser();
  let evaluate: Evaluate;
  try {
    const parsed = parse(text);
    evaluate = compile(parsed);
    assertLabels(parsed, labels);
  } catch (cause) {
    return refuse(cause instanceof Error ? cause.message : String(cause), cause);
  }
  return (values) => asBoolean(evaluate(values), "the result");
}

/** @throws QscError `dependency_missing` */
async function parser(): Promise<typeof Parse> {
  try {
    return (await import("mathjs/number")).parse;
  } catch (cause) {
    throw dependencyMissing("mathjs", "An expression in a policy", cause);
  }
}

/** @throws Error that says what is not allowed */
function compile(node: MathNode): Evaluate {
  switch (node.type) {
    case "ConstantNode":
      return constant(node as ConstantNode);
    case "SymbolNode":
      return statistic((node as SymbolNode).name);
    case "ParenthesisNode":
      return compile((node as ParenthesisNode).content);
    case "OperatorNode":
      return operator(node as OperatorNode);
    case "RelationalNode":
      return chain(node as RelationalNode);
    case "ConditionalNode":
      return conditional(node as ConditionalNode);
    case "FunctionNode":
      return call(node as FunctionNode);
    default:
      throw new Error(`uses ${node.type.replace(/Node$/, "").toLowerCase()}, which is not allowed`);
  }
}

function constant({ value }: ConstantNode): Evaluate {
  if (typeof value !== "number" || !Number.isFinite(value)) throw new Error("uses a value that is not a number");
  return () => value;
}

function statistic(name: string): Evaluate {
  const known: readonly string[] = EXPRESSION_NAMES;
  if (!known.includes(name) && !SHARE.test(name)) {
    throw new Error(`names ${name}; known are ${known.join(", ")} and share_<LABEL>`);
  }
  return (values) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) throw new TypeError(`${name} has no value here`);
    return value;
  };
}

/** @throws Error that names the label which the policy does not have */
function assertLabels(node: MathNode, labels: readonly string[]): void {
  node.traverse((part) => {
    if (part.type !== "SymbolNode") return;
    const { name } = part as SymbolNode;
    if (!SHARE.test(name) || labels.includes(name.slice("share_".length))) return;
    throw new Error(`names ${name}, a label that the policy does not have; its labels are ${labels.join(", ")}`);
  });
}

function operator(node: OperatorNode): Evaluate {
  const { fn, op }: { fn: string; op: string } = node;
  const [first, second] = node.args.map(compile);
  if (first === undefined) throw new Error(`uses the operator ${op} without a value`);
  if (second === undefined) return unary(fn, op, first);
  const arithmetic = ARITHMETIC.get(fn);
  if (arithmetic !== undefined) {
    return (values) => finite(arithmetic(asNumber(first(values), op), asNumber(second(values), op)), op);
  }
  const comparison = COMPARISONS.get(fn);
  if (comparison !== undefined) {
    return (values) => comparison(asNumber(first(values), op), asNumber(second(values), op));
  }
  if (fn === "and") return (values) => both(first(values), second(values), op, (a, b) => a && b);
  if (fn === "or") return (values) => both(first(values), second(values), op, (a, b) => a || b);
  throw new Error(`uses the operator ${op}`);
}

/** Evaluates both sides, so that a failing side is never skipped. */
function both(a: Value, b: Value, op: string, join: (a: boolean, b: boolean) => boolean): boolean {
  return join(asBoolean(a, op), asBoolean(b, op));
}

function unary(fn: string, op: string, operand: Evaluate): Evaluate {
  if (fn === "unaryMinus") return (values) => -asNumber(operand(values), op);
  if (fn === "unaryPlus") return (values) => asNumber(operand(values), op);
  if (fn === "not") return (values) => !asBoolean(operand(values), op);
  throw new Error(`uses the operator ${op}`);
}

/** `a < b < c`: every neighbouring pair must hold. */
function chain({ conditionals, params }: RelationalNode): Evaluate {
  const operands = params.map(compile);
  const comparisons = conditionals.map((name) => {
    const comparison = COMPARISONS.get(name);
    if (comparison === undefined) throw new Error(`uses the operator ${name}`);
    return comparison;
  });
  return (values) => {
    const numbers = operands.map((operand) => asNumber(operand(values), "a comparison"));
    return comparisons.every((holds, index) => holds(numbers[index] ?? Number.NaN, numbers[index + 1] ?? Number.NaN));
  };
}

function conditional({ condition, trueExpr, falseExpr }: ConditionalNode): Evaluate {
  const [test, yes, no] = [compile(condition), compile(trueExpr), compile(falseExpr)];
  return (values) => (asBoolean(test(values), "?") ? yes(values) : no(values));
}

function call({ fn, args }: FunctionNode): Evaluate {
  const { name } = fn as { readonly name?: string };
  const called = FUNCTIONS.get(name ?? "");
  if (name === undefined || called === undefined) {
    throw new Error(`calls ${String(name)}; allowed are ${[...FUNCTIONS.keys()].join(", ")}`);
  }
  if (args.length === 0) throw new Error(`calls ${name} without a value`);
  // A further value that changes nothing would be a limit that is not the one written.
  const { of, takes } = called;
  if (takes !== null && args.length !== takes)
    throw new Error(`calls ${name} with ${args.length} values; it takes ${takes}`);
  const operands = args.map(compile);
  return (values) => finite(of(...operands.map((operand) => asNumber(operand(values), name))), name);
}

function asNumber(value: Value, of: string): number {
  if (typeof value !== "number") throw new TypeError(`${of} needs a number, not ${String(value)}`);
  return value;
}

function asBoolean(value: Value, of: string): boolean {
  if (typeof value !== "boolean") throw new TypeError(`${of} is neither true nor false`);
  return value;
}

function finite(value: number, of: string): number {
  if (!Number.isFinite(value)) throw new TypeError(`${of} gives ${value}, which is not a finite number`);
  return value;
}
