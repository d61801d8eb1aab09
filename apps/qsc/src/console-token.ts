import { stat } from "node:fs/promises";
import { QscError } from "@qsc/contract";
import type { CliContext } from "./command.js";
import { readOptionFile } from "./read-file.js";
import type { Settings } from "./settings/table.js";

/** A variable, not a setting: a setting is a flag as well, and every user of a host sees the flags of a process. */
const VARIABLE = "QSC_CONSOLE_TOKEN";
const OTHERS = 0o007;

/**
 * The token that the console asks for; null if there is none.
 * @throws QscError `invalid_config` for a file that others may read or write, or that has no token
 */
export async function consoleToken({ consoleTokenFile }: Settings, env: CliContext["env"]): Promise<string | null> {
  const given = env[VARIABLE] ?? "";
  if (consoleTokenFile === null) return given === "" ? null : given;
  if (given !== "")
    throw new QscError("invalid_config", `${VARIABLE} and a token file are both set: unset one of them.`);
  const token = (await readOptionFile("Token file", consoleTokenFile, "invalid_config")).trim();
  if (((await stat(consoleTokenFile)).mode & OTHERS) !== 0)
    throw new QscError(
      "invalid_config",
      `Token file ${consoleTokenFile} can be read by every user of this host: chmod 600 ${consoleTokenFile}`,
    );
  if (token !== "") return token;
  throw new QscError(
    "invalid_config",
    `Token file ${consoleTokenFile} is empty: write a token into it, such as the output of openssl rand -hex 32.`,
  );
}
