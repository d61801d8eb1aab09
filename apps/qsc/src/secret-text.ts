import { stat } from "node:fs/promises";
import { QscError } from "@qsc/contract";
import type { CliContext } from "./command.js";
import { readOptionFile } from "./read-file.js";

const OTHERS = 0o007;

/** Where a secret of a server may be. */
export interface SecretPlace {
  /** What the file is called in messages, such as `Token file`. */
  readonly what: string;
  /** Null: no file is named. */
  readonly path: string | null;
  /** A variable, not a setting: a setting is a flag as well, and every user of a host sees the flags of a process. */
  readonly variable: string;
  /** What to write into the file. */
  readonly advice: string;
}

/**
 * The text of a secret, and where it was found; null if there is none.
 * @throws QscError `invalid_config` for a file that others may read or write, or that is empty
 */
export async function secretText(
  { what, path, variable, advice }: SecretPlace,
  env: CliContext["env"],
): Promise<{ readonly text: string; readonly source: string } | null> {
  const given = env[variable] ?? "";
  if (path === null) return given === "" ? null : { text: given, source: variable };
  if (given !== "")
    throw new QscError("invalid_config", `${variable} and a ${what.toLowerCase()} are both set: unset one of them.`);
  const text = (await readOptionFile(what, path, "invalid_config")).trim();
  if (((await stat(path)).mode & OTHERS) !== 0)
    throw new QscError("invalid_config", `${what} ${path} can be read by every user of this host: chmod 600 ${path}`);
  if (text !== "") return { text, source: `${what} ${path}` };
  throw new QscError("invalid_config", `${what} ${path} is empty: ${advice}.`);
}
