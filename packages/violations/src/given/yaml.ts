import type { parseDocument as ParseDocument } from "yaml";
import { dependencyMissing } from "./dependency-missing.js";
import { encodingFault } from "./file-text.js";

/**
 * Why a text is not one YAML document, in words that continue a sentence after the file's name, without a full stop.
 */
export class YamlFault extends Error {
  constructor(problem: string, cause?: unknown) {
    super(problem, { cause });
    this.name = "YamlFault";
  }
}

/**
 * The value of a text that is exactly one YAML or JSON document. Any error or warning of the parser refuses the
 * text: a second document, an unknown tag, a duplicate key. Aliases are not followed, and keys are texts.
 *
 * @throws YamlFault; QscError `dependency_missing` without the package `yaml`
 */
export async function parseYaml(text: string): Promise<unknown> {
  const parseDocument = await parser();
  const fault = encodingFault(text);
  if (fault !== null) throw new YamlFault(`cannot be read: ${fault}`);
  let value: unknown;
  try {
    // The level "silent" would silently accept a second document. Nothing is printed at any level.
    const document = parseDocument(text, { uniqueKeys: true, stringKeys: true, logLevel: "warn" });
    const [problem] = [...document.errors, ...document.warnings];
    if (problem !== undefined) throw problem;
    value = document.toJS({ maxAliasCount: 0 }) as unknown;
  } catch (cause) {
    throw new YamlFault(problemOf(cause), cause);
  }
  if (value === null) throw new YamlFault("is empty, or holds nothing but comments");
  return value;
}

/** @throws QscError `dependency_missing` */
async function parser(): Promise<typeof ParseDocument> {
  try {
    return (await import("yaml")).parseDocument;
  } catch (cause) {
    throw dependencyMissing("yaml", "Reading YAML", cause);
  }
}

function problemOf(cause: unknown): string {
  if (!(cause instanceof Error)) return `is neither YAML nor JSON: ${String(cause)}`;
  if ("code" in cause && cause.code === "MULTIPLE_DOCS")
    return "holds more than one YAML document; keep one, without the line '---' after it";
  return `is neither YAML nor JSON: ${firstLine(cause.message)}`;
}

/** The first line of a parser's message. When it reaches its own depth limit, the message is about its stack. */
function firstLine(message: string): string {
  if (message.includes("call stack")) return "it is nested too deeply";
  return (message.split("\n", 1)[0] ?? "").replace(/[.:]$/, "");
}
