import { writeSync } from "node:fs";
import { Socket } from "node:net";

/** The assumed size without a terminal. */
const NO_TERMINAL = 80;
const NO_TERMINAL_ROWS = 24;

/** Where a command writes, and what it may assume about the reader. */
export interface Io {
  /** Words for a person on stdout. */
  readonly out: (text: string) => void;
  /** What a script takes from stdout: a document, or an answer. If it does not arrive whole, it proves nothing. */
  readonly deliver: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether the reader of `out` sees colours. */
  readonly color: boolean;
  /** Whether `err` is a terminal, on which a line can be redrawn. */
  readonly interactive: boolean;
  /** The width of `err` and `out`, in columns. */
  readonly columns: number;
  readonly outColumns: number;
  /** The height of `err`, in rows. A person may change both while a command runs. */
  readonly rows: number;
}

/**
 * The process's own streams. Colour is off without a terminal, with TERM=dumb, and with NO_COLOR.
 * @param onUnwritten called with the error of each text that was not written whole to stdout. A person who stops
 * reading has read enough; a script that stops reading a document has not.
 */
export function terminalIo(
  { stdout, stderr, env }: Pick<NodeJS.Process, "stdout" | "stderr" | "env">,
  onUnwritten: (error: Error) => void,
): Io {
  const write = writerOf(stdout);
  const noColor = (env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb";
  return {
    out: (text) => {
      write(text, (error) => {
        if (!("code" in error) || error.code !== "EPIPE") onUnwritten(error);
      });
    },
    deliver: (text) => {
      write(text, onUnwritten);
    },
    err: (text) => void stderr.write(text),
    color: isTerminal(stdout.isTTY) && !noColor,
    interactive: isTerminal(stderr.isTTY),
    get columns() {
      return stderr.isTTY ? stderr.columns : NO_TERMINAL;
    },
    get rows() {
      return stderr.isTTY ? stderr.rows : NO_TERMINAL_ROWS;
    },
    outColumns: stdout.isTTY ? stdout.columns : NO_TERMINAL,
  };
}

type Write = (text: string, onError: (error: Error) => void) => void;

/**
 * Writes whole texts. For a file, Node's own stream does not notice a write that the disk cut short, so that the rest
 * of a document would be missing without an error.
 */
function writerOf(stdout: NodeJS.Process["stdout"]): Write {
  // To Node, a terminal and a pipe are sockets; its types say that every stdout is.
  if ((stdout as object) instanceof Socket) {
    return (text, onError) => {
      stdout.write(text, (error) => {
        if (error) onError(error);
      });
    };
  }
  return (text, onError) => {
    const bytes = Buffer.from(text);
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(stdout.fd, bytes, at);
    } catch (error) {
      onError(error instanceof Error ? error : new Error(String(error)));
    }
  };
}

/** For a pipe Node says undefined, whatever its types say. */
function isTerminal(isTTY: boolean | undefined): boolean {
  return isTTY === true;
}
