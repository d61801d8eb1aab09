import { inertText } from "@qsc/contract";
import { ServiceError } from "../service-error.js";
import { assertEnvironment } from "./assignments.js";
import { unitLines } from "./unit-lines.js";
import { splitWords } from "./words.js";

/**
 * Reads a drop-in that only sets environment, as systemd would: quotes, escapes, `%%`, later assignments winning, an
 * empty `Environment=` clearing the earlier ones. @param name what the text is, for the error
 * @throws QscError `dropin_invalid` at any other line, so that no part of a drop-in is overlooked.
 */
export function parseEnvironment(text: string, name = "The drop-in"): ReadonlyMap<string, string> {
  const environment = new Map<string, string>();
  const refuse = (line: number, problem: string): never => {
    throw new ServiceError(
      "dropin_invalid",
      `${name}, line ${line}: ${inertText(problem)}. Nothing else than Environment= of [Service] was written there by QSC: look who wrote it, and remove it.`,
    );
  };
  for (const { line, section, key, value } of unitLines(text, refuse)) {
    if (section !== "Service" || key !== "Environment")
      refuse(line, `${key}= of [${section}] is not an Environment= of [Service]`);
    const problem = assign(environment, value);
    if (problem !== null) refuse(line, problem);
  }
  assertEnvironment(environment);
  return environment;
}

/** The words of `Environment=` in the output of `systemctl show`; undefined if they cannot be parsed. */
export function parseShownEnvironment(line: string): ReadonlyMap<string, string> | undefined {
  const words = splitWords(line, "shown");
  if ("problem" in words) return undefined;
  return new Map(words.map((word) => cut(word)));
}

/** Applies one `Environment=` line to an environment; returns what is wrong with the line, or null. */
export function assign(environment: Map<string, string>, value: string): string | null {
  if (value === "") environment.clear();
  const words = plainWords(value);
  if ("problem" in words) return words.problem;
  const idle = words.find((word) => !word.includes("="));
  if (idle !== undefined) return `'${idle}' assigns nothing`;
  for (const word of words) environment.set(...cut(word));
  return null;
}

/** The words of a unit file's value; specifiers are refused, and `%%` is a `%`. */
export function plainWords(value: string): readonly string[] | { readonly problem: string } {
  const words = splitWords(value, "unit-file");
  if ("problem" in words) return words;
  const special = words.find((word) => word.replaceAll("%%", "").includes("%"));
  if (special !== undefined) return { problem: `'${special}' has a specifier` };
  return words.map((word) => word.replaceAll("%%", "%"));
}

function cut(word: string): [string, string] {
  const at = word.indexOf("=");
  return at < 0 ? [word, ""] : [word.slice(0, at), word.slice(at + 1)];
}
