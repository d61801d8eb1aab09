import { inertText } from "@qsc/contract";
import type { Io } from "../io.js";
import { HOST_DIRECTORY } from "./config-file.js";

export interface OriginTeller {
  /** Says where the settings are from, once. */
  readonly tell: () => void;
  /** The same output, on which that is said before anything else. */
  readonly before: (io: Io) => Io;
}

/** Tells an operator where the settings of a command are from. @param out null to say nothing */
export function originTeller(config: string | null, out: Io | null): OriginTeller {
  let isTold = out === null;
  const tell = (): void => {
    if (isTold) return;
    isTold = true;
    out?.err(`config  ${inertText(config ?? nothingFound())}\n`);
  };
  const first = (write: Io["err"]): Io["err"] => (text) => {
    tell();
    write(text);
  };
  return { tell, before: (io) => ({ ...io, out: first(io.out), err: first(io.err), deliver: first(io.deliver) }) };
}

function nothingFound(): string {
  return `none: no qsc.config.yaml in ${process.cwd()} or ${HOST_DIRECTORY}, so flags, variables and presets`;
}
