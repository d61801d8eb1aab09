import type { CliContext } from "./command.js";
import { secretText } from "./secret-text.js";
import type { Settings } from "./settings/table.js";

/**
 * The token that the console asks for; null if there is none.
 * @throws QscError `invalid_config` for a file that others may read or write, or that has no token
 */
export async function consoleToken({ consoleTokenFile }: Settings, env: CliContext["env"]): Promise<string | null> {
  const found = await secretText(
    {
      what: "Token file",
      path: consoleTokenFile,
      variable: "QSC_CONSOLE_TOKEN",
      advice: "write a token into it, such as the output of openssl rand -hex 32",
    },
    env,
  );
  return found === null ? null : found.text;
}
