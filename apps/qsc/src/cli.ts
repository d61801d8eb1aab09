import { asQscError, EXIT, inertText, type ExitCode, type QscError } from "@qsc/contract";
import type { CliContext } from "./command.js";
import { COMMANDS } from "./commands/table.js";
import { withCode } from "./with-code.js";
import type { Io } from "./io.js";
import { readPlainLine } from "./plain-line.js";

/** Runs one command line and answers its exit code. Never throws. */
export async function runCli(args: readonly string[], context: CliContext): Promise<ExitCode> {
  try {
    const read = readPlainLine(args) ?? (await parse(args, context));
    if ("words" in read) {
      context.io.out(`${read.words}\n`);
      return isPlainHelp(args) ? EXIT.proven : EXIT.error;
    }
    const { runCommand } = await import("./run-command.js");
    return await runCommand(read.command, read.flags, context);
  } catch (thrown) {
    return await reportError(asQscError(thrown), args.some((arg) => arg === "--json" || arg === "--json=true"), context.io);
  }
}

/** The parser is loaded where it is needed: that takes longer than many a command. */
async function parse(args: readonly string[], { version, io }: CliContext) {
  const { parseLine } = await import("./parser.js");
  return parseLine(args, version, io.outColumns);
}

/** Whether help is all that was asked for: among options of a command it is a slip, and 0 would read as a pass. */
function isPlainHelp(args: readonly string[]): boolean {
  const [first = "", ...rest] = args;
  const isCommand = (word: string): boolean => COMMANDS.some(({ name }) => name === word);
  if (first === "help") return rest.length === 0 || (rest.length === 1 && isCommand(rest[0] ?? ""));
  const asked = isCommand(first) ? rest : args;
  return asked.length === 1 && ["--help", "-h", "--version", "-V"].includes(asked[0] ?? "");
}

/** Says an error as one sentence to people and, with --json, as a document to scripts. */
async function reportError(error: QscError, json: boolean, io: Io): Promise<ExitCode> {
  const { code, message, exitCode } = error;
  io.err(`qsc: ${inertText(withCode(error))}\n`);
  if (json) {
    const { inertJson } = await import("@qsc/report");
    io.deliver(`${inertJson({ kind: "error", verdict: "unknown", exitCode, code, message })}\n`);
  }
  return exitCode;
}
