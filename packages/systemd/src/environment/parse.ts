import { inertText } from "@qsc/contract";
import { ServiceError } from "../service-error.js";
import { assertEnvironment } from "./assignments.js";
import { splitWords } from "./words.js";

/**
 * Reads a drop-in that only sets environment, as systemd would: quotes, escapes, `%%`, later assignments winning, an
 * empty `Environment=` forgetting the earlier ones.
 * @param name what the text is, for the error
 * @throws QscError `dropin_invalid` at a line of another kind, so that nothing of a drop-in is overlooked.
 */
export function parseEnvironment(text: string, name = "The drop-in"): ReadonlyMap<string, string> {
  const environment = new Map<string, string>();
  let section: string | null = null;
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#") || line.startsWith(";")) continue;
    const refuse = (problem: string): never => {
      throw new ServiceError(
        "dropin_invalid",
        `${name}, line ${index + 1}: ${inertText(problem)}. Nothing else than Environment= of [Service] was written there by QSC: look who wrote it, and remove it.`,
      );
    };
    if (line.startsWith("[")) {
      section = line;
      if (section !== "[Service]") refuse(`${line} is not [Service]`);
      continue;
    }
    const assigned = /^Environment[ \t]*=[ \t]*(.*)$/.exec(line)?.[1];
    if (assigned === undefined || section === null) return refuse(`'${line.slice(0, 80)}' is no Environment= of [Service]`);
    if (line.endsWith("\\")) refuse("it continues on the next line");
    if (assigned === "") environment.clear();
    const words = splitWords(assigned, "unit-file");
    if ("problem" in words) return refuse(words.problem);
    for (const word of words) {
      const [variable, value] = assignment(withoutSpecifiers(word) ?? refuse(`'${word}' has a specifier`), refuse);
      environment.set(variable, value);
    }
  }
  assertEnvironment(environment);
  return environment;
}

/** The words of `Environment=` in the output of `systemctl show`; undefined where they cannot be read. */
export function parseShownEnvironment(line: string): ReadonlyMap<string, string> | undefined {
  const words = splitWords(line, "shown");
  if ("problem" in words) return undefined;
  return new Map(words.map((word) => cut(word)));
}

function withoutSpecifiers(word: string): string | null {
  return /%/.test(word.replaceAll("%%", "")) ? null : word.replaceAll("%%", "%");
}

function assignment(word: string, refuse: (problem: string) => never): [string, string] {
  return word.includes("=") ? cut(word) : refuse(`'${word}' assigns nothing`);
}

function cut(word: string): [string, string] {
  const at = word.indexOf("=");
  return at < 0 ? [word, ""] : [word.slice(0, at), word.slice(at + 1)];
}
