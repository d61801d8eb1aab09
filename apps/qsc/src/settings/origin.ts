import { inertText } from "@qsc/contract";
import { HOST_DIRECTORY } from "./config-file.js";

/** Says once where the settings of a command come from, using the given writer. */
export type OriginTeller = (write: (text: string) => void) => void;

/** @param config the config file that was read; null if there was none */
export function originTeller(config: string | null, quiet: boolean): OriginTeller {
  let isTold = quiet;
  return (write) => {
    if (isTold) return;
    isTold = true;
    write(`config  ${inertText(config ?? nothingFound())}\n`);
  };
}

function nothingFound(): string {
  return `none: no qsc.config.yaml in ${process.cwd()} or ${HOST_DIRECTORY}, so flags, variables and defaults`;
}
