import { encodingFault } from "./file-text.js";

/** Why a text is not one YAML document, as what follows the file's name in a sentence without its full stop. */
export class YamlFault extends Error {
  constructor(problem: string, cause?: unknown) {
    super(problem, { cause });
    this.name = "YamlFault";
  }
}

/**
 * The value of a text that is exactly one YAML or JSON document. Whatever the parser has an error or a warning about
 * refuses the text: a second document, an unknown tag, a key given twice. No alias is followed, and keys are texts.
 * @throws YamlFault
 */
export async function parseYaml(text: string): Promise<unknown> {
  const { parseDocument } = await import("yaml");
  const fault = encodingFault(text);
  if (fault !== null) throw new YamlFault(`cannot be read: ${fault}`);
  let value: unknown;
  try {
    // The level "silent" would let a second document pass without a word; nothing is printed at any level.
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

function problemOf(cause: unknown): string {
  if (!(cause instanceof Error)) return `is neither YAML nor JSON: ${String(cause)}`;
  if ("code" in cause && cause.code === "MULTIPLE_DOCS") return "holds more than one YAML document; keep one, without the line '---' after it";
  return `is neither YAML nor JSON: ${firstLine(cause.message)}`;
}

/** The first line of a parser's message; it meets its own limit of depth with a message about its stack. */
function firstLine(message: string): string {
  if (message.includes("call stack")) return "it is nested too deeply";
  return (message.split("\n", 1)[0] ?? "").replace(/[.:]$/, "");
}
