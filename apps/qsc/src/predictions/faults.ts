import { QscError } from "@qsc/contract";
import { nearestWord } from "../help/nearest.js";

/** A file of predictions that cannot be read; `problem` continues the sentence after its name. */
export function unreadable(path: string, problem: string, cause?: unknown): QscError {
  const name = path === "-" ? "standard input" : path;
  return new QscError("predictions_unreadable", `${name} ${problem}.`, { cause });
}

/** How many columns a message names. */
const NAMED = 12;

/** A column that is not there, with the ones that are. */
export function unknownColumn(path: string, column: string, there: readonly string[], hint = ""): QscError {
  const nearest = nearestWord(column, there);
  const meant = nearest === null ? "" : ` Did you mean '${nearest}'?`;
  const named = there.slice(0, NAMED).map((name) => `'${name.slice(0, 60)}'`);
  const rest = there.length > NAMED ? ` and ${there.length - NAMED} more` : "";
  const name = path === "-" ? "standard input" : path;
  const message = `${name} has no column '${column}'; it has ${named.join(", ")}${rest}.${meant}${hint}`;
  return new QscError("unknown_column", message);
}
