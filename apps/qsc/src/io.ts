/** Where a command writes, and what it may assume of the reader. */
export interface Io {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether the reader of `out` sees colours. */
  readonly color: boolean;
  /** Whether `err` is a terminal, on which a line can be drawn over. */
  readonly interactive: boolean;
  readonly columns: number;
}

/** The process's own streams. Colour is off without a terminal, with TERM=dumb, and by NO_COLOR. */
export function terminalIo({ stdout, stderr, env }: Pick<NodeJS.Process, "stdout" | "stderr" | "env">): Io {
  const noColor = (env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb";
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    color: isTerminal(stdout.isTTY) && !noColor,
    interactive: isTerminal(stderr.isTTY),
    columns: stderr.isTTY ? stderr.columns : 80,
  };
}

/** Node says undefined of a pipe, whatever its types say. */
function isTerminal(isTTY: boolean | undefined): boolean {
  return isTTY === true;
}
