import { QscError } from "@qsc/contract";
import yargs, { type Argv } from "yargs";
import { optionsOf, type Command, type CommandLine } from "./command.js";
import { COMMANDS } from "./commands/table.js";
import { faultOfSwitches } from "./switches.js";

/** Text that the parser was asked to show: help. */
export interface Words {
  readonly words: string;
}

/** What any command line says. @throws QscError `usage` */
export async function parseLine(args: readonly string[], version: string, columns: number): Promise<CommandLine | Words> {
  requireWholeLine(args);
  const lines: CommandLine[] = [];
  const parser = parserFor(args, version, columns, (line) => { lines.push(line); });
  const words = await shownBy(parser, args);
  if (words !== "") return { words };
  const [line] = lines;
  if (line === undefined) throw usage("the command line cannot be understood", args);
  const switchFault = faultOfSwitches(args, optionsOf(line.command));
  if (switchFault !== null) throw usage(switchFault, args);
  return line;
}

/** Refuses what a parser would leave out without a word: options behind `--`, and a command beside the version. */
function requireWholeLine(args: readonly string[]): void {
  if (args.includes("--")) {
    throw usage("'--' ends the options, and nothing after it would be read; leave it out", args);
  }
  const version = args.find((arg) => /^(?:-V|--version)(?:=|$)/.test(arg));
  if (version !== undefined && args.length > 1) {
    throw usage(`${version} stands alone: qsc ${version}`, args);
  }
}

/** The text that the parser wants shown, or nothing after a command was read. */
function shownBy(parser: Argv, args: readonly string[]): Promise<string> {
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

function parserFor(args: readonly string[], version: string, columns: number, onLine: (line: CommandLine) => void): Argv {
  let parser = yargs([])
    .scriptName("qsc")
    .usage("$0: may this model take traffic, now?\n\n$0 <command> [options]")
    .version(version)
    .alias("version", "V")
    .help()
    .alias("help", "h")
    .wrap(Math.min(100, columns))
    .parserConfiguration({ "boolean-negation": false, "camel-case-expansion": false, "dot-notation": false })
    .strict()
    .demandCommand(1, `name a command: ${COMMANDS.map(({ name }) => name).join(", ")}`)
    .exitProcess(false)
    .fail((message: string | null, error: Error | undefined) => {
      throw error ?? usage(message ?? "the command line cannot be understood", args);
    })
    .epilogue(
      "Settings come from flags, then QSC_SOURCE, QSC_STREAM, QSC_POLICY, QSC_VERIFY_KEY, QSC_WORKDIR, QSC_UNIT, QSC_SERVICES, QSC_HOST,\n" +
        "then the config file.\n" +
        "Exit codes: 0 proven, 1 usage or internal error, 2 refused or not provable, 3 collection complete.",
    );
  for (const command of COMMANDS) {
    parser = parser.command(
      command.positional === undefined ? command.name : `${command.name} <${command.positional.name}>`,
      command.summary,
      (own) => describe(own, command),
      (flags) => { onLine({ command, flags }); },
    );
  }
  for (const [line, what] of COMMANDS.flatMap(({ examples }) => examples.slice(0, 1))) {
    parser = parser.example(line, what);
  }
  return parser;
}

function describe(parser: Argv, command: Command): Argv {
  const described = parser.options(optionsOf(command));
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
