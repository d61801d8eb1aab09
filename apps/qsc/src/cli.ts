import { asQscError, EXIT, inertText, type ExitCode, type QscError } from "@qsc/contract";
import type { CliContext } from "./command.js";
import { COMMANDS } from "./commands/table.js";
import { withCode } from "./with-code.js";
import type { Io } from "./io.js";
import { readPlainLine } from "./plain-line.js";

/** Runs one command line and answers its exit code. Never throws. */
export async function runCli(args: readonly string[], cli: CliContext): Promise<ExitCode> {
  try {
    const read = readPlainLine(args) ?? (await parse(args, cli));
    if ("words" in read) {
      cli.io.out(`${read.words}\n`);
      return isPlainHelp(args) ? EXIT.proven : EXIT.error;
    }
    const { command, flags } = read;
    if (command.kind === "prints") {
      cli.io.deliver(await command.print(flags, COMMANDS, cli.signal));
      return EXIT.proven;
    }
    const { runCommand } = await import("./run-command.js");
    return await runCommand(command, flags, cli);
  } catch (thrown) {
    return await reportError(
      asQscError(thrown),
      args.some((arg) => arg === "--json" || arg === "--json=true"),
      cli.io,
    );
  }
}

/** The parser is loaded only if it is needed: that takes longer than many commands. */
async function parse(args: readonly string[], { version, io }: CliContext) {
  const { parseLine } = await import("./parser.js");
  return parseLine(args, version, io.outColumns);
}

/** Whether the line asks only for help: among a command's options it is a mistake, and 0 would look like a pass. */
function isPlainHelp(args: readonly string[]): boolean {
  const [first = "", ...rest] = args;
  const isCommand = (word: string): boolean => COMMANDS.some(({ name }) => name === word);
  if (first === "help") return rest.length === 0 || (rest.length === 1 && isCommand(rest[0] ?? ""));
  const asked = isCommand(first) ? rest : args;
  return asked.length === 1 && ["--help", "-h", "--version", "-V"].includes(asked[0] ?? "");
}

/** Prints an error as one sentence for people and, with --json, as a document for scripts. */
async function reportError(error: QscError, json: boolean, io: Io): Promise<ExitCode> {
  const { code, message, exitCode } = error;
  io.err(`qsc: ${inertText(withCode(error))}\n`);
  if (json) {
    const { inertJson } = await import("@qsc/report");
    io.deliver(`${inertJson({ kind: "error", verdict: "unknown", exitCode, code, message })}\n`);
  }
  return exitCode;
}
