import { asQscError, EXIT, inertText, QscError, type ExitCode } from "@qsc/contract";
import yargs, { type Argv } from "yargs";
import type { CliContext, Command, Flags } from "./command.js";
import { activateCommand } from "./commands/activate.js";
import { auditCommand } from "./commands/audit.js";
import { cutoverCommand } from "./commands/cutover.js";
import { deployCommand } from "./commands/deploy.js";
import { diagnoseCommand } from "./commands/diagnose.js";
import { featureSanityCommand } from "./commands/feature-sanity.js";
import { initCommand } from "./commands/init.js";
import { monitorCommand } from "./commands/monitor.js";
import { preflightCommand } from "./commands/preflight.js";
import { promoteCommand } from "./commands/promote.js";
import { qualityGateCommand } from "./commands/quality-gate.js";
import { rollbackCommand } from "./commands/rollback.js";
import { scoreboardCommand } from "./commands/scoreboard.js";
import { statusCommand } from "./commands/status.js";
import type { Io } from "./io.js";
import { COMMON_OPTIONS, UNIT_OPTIONS, WINDOW_OPTIONS } from "./options.js";

/** In the order of the runbook. */
const COMMANDS: readonly Command[] = [
  preflightCommand,
  deployCommand,
  cutoverCommand,
  featureSanityCommand,
  qualityGateCommand,
  scoreboardCommand,
  diagnoseCommand,
  activateCommand,
  monitorCommand,
  rollbackCommand,
  promoteCommand,
  statusCommand,
  auditCommand,
  initCommand,
];

/** Runs one command line and answers its exit code. Never throws. */
export async function runCli(args: readonly string[], context: CliContext): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.error;
  const run = async (command: Command, flags: Flags): Promise<void> => {
    const { runCommand } = await import("./run-command.js");
    exitCode = await runCommand(command, flags, context);
  };
  try {
    const parser = parserFor(args, context, run);
    const shown = await parse(parser, args);
    if (shown !== "") {
      context.io.out(`${shown}\n`);
      return isPlainHelp(args) ? EXIT.proven : EXIT.error;
    }
    return exitCode;
  } catch (thrown) {
    return await reportError(asQscError(thrown), args.some((arg) => arg === "--json" || arg === "--json=true"), context.io);
  }
}

/** Whether help is all that was asked for: among options of a command it is a slip, and 0 would read as a pass. */
function isPlainHelp(args: readonly string[]): boolean {
  const rest = COMMANDS.some(({ name }) => name === args[0]) ? args.slice(1) : args;
  return rest.length === 1 && ["--help", "-h", "--version", "-V"].includes(rest[0] ?? "");
}

/** Says an error as one sentence to people and, with --json, as a document to scripts. */
async function reportError(error: QscError, json: boolean, io: Io): Promise<ExitCode> {
  const { inertJson } = await import("@qsc/report");
  const { code, message, exitCode } = error;
  io.err(`qsc: ${inertText(message)}\n`);
  if (json) io.out(`${inertJson({ kind: "error", verdict: "unknown", exitCode, code, message })}\n`);
  return exitCode;
}

/** The text that the parser wants shown (help), or nothing after a command has run. */
function parse(parser: Argv, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    parser
      .parseAsync([...args], {}, (error: Error | undefined | null, _argv: unknown, output: string) => {
        if (error) reject(error);
        else if (output !== "") resolve(output);
      })
      .then(() => {
        resolve("");
      }, reject);
  });
}

function parserFor(
  args: readonly string[],
  { version, io }: CliContext,
  run: (command: Command, flags: Flags) => Promise<void>,
): Argv {
  let parser = yargs([])
    .scriptName("qsc")
    .usage("$0: may this model take traffic, now?\n\n$0 <command> [options]")
    .version(version)
    .alias("version", "V")
    .help()
    .alias("help", "h")
    .wrap(Math.min(100, io.columns))
    .parserConfiguration({ "boolean-negation": false, "camel-case-expansion": false })
    .strict()
    .demandCommand(1, `name a command: ${COMMANDS.map(({ name }) => name).join(", ")}`)
    .exitProcess(false)
    .fail((message: string | null, error: Error | undefined) => {
      throw error ?? usage(message ?? "the command line cannot be understood", args);
    })
    .epilogue(
      "Settings come from flags, then QSC_SOURCE, QSC_STREAM, QSC_POLICY, QSC_WORKDIR, QSC_UNIT, QSC_SERVICES, QSC_HOST,\n" +
        "then the config file.\n" +
        "Exit codes: 0 proven, 1 usage or internal error, 2 refused or not provable, 3 collection complete.",
    );
  for (const command of COMMANDS) {
    parser = parser.command(
      command.positional === undefined ? command.name : `${command.name} <${command.positional.name}>`,
      command.summary,
      (own) => describe(own, command),
      (flags) => run(command, flags),
    );
  }
  for (const [line, what] of COMMANDS.flatMap(({ examples }) => examples.slice(0, 1))) {
    parser = parser.example(line, what);
  }
  return parser;
}

function describe(parser: Argv, command: Command): Argv {
  const described = parser
    .options(command.options)
    .options(command.kind === "judges" ? WINDOW_OPTIONS : UNIT_OPTIONS)
    .options(COMMON_OPTIONS);
  if (command.positional !== undefined) {
    const { name, choices, description } = command.positional;
    described.positional(name, { type: "string", choices, description });
  }
  return command.examples.reduce((own, [line, what]) => own.example(line, what), described);
}

function usage(message: string, args: readonly string[]): QscError {
  const command = COMMANDS.find(({ name }) => name === args[0])?.name;
  const help = command === undefined ? "qsc --help" : `qsc ${command} --help`;
  const sentence = message.trim().replace(/\s+/g, " ").replace(/\.$/, "");
  return new QscError("usage", `${sentence}; see ${help}.`);
}
