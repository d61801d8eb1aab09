import { QscError } from "@qsc/contract";
import yargs, { type Argv } from "yargs";
import { optionsOf, type Command, type CommandLine } from "./command.js";
import { COMMANDS } from "./commands/table.js";
import { nearestWord } from "./help/nearest.js";
import { settingsHelp } from "./help/settings-help.js";
import { faultOfSwitches } from "./switches.js";

/** Text that the parser was asked to print: help or the version. */
export interface Words {
  readonly words: string;
}

const COMMAND_NAMES = COMMANDS.map(({ name }) => name);
const EXIT_CODES = "Exit codes: 0 proven, 1 usage or internal error, 2 refused or not provable, 3 collection complete.";
/** Options that the parser adds to those of a command. */
const ALWAYS = ["help", "version"];

/** Parses any command line. @throws QscError `usage` */
export async function parseLine(
  args: readonly string[],
  version: string,
  columns: number,
): Promise<CommandLine | Words> {
  const line = withoutHelpCommand(args);
  requireWholeLine(line);
  const lines: CommandLine[] = [];
  const parser = parserFor(line, version, columns, (read) => {
    lines.push(read);
  });
  const words = await shownBy(parser, line);
  if (words !== "") return { words };
  const [read] = lines;
  if (read === undefined) throw usage("the command line could not be parsed", line);
  const switchFault = faultOfSwitches(line, optionsOf(read.command));
  if (switchFault !== null) throw usage(switchFault, line);
  return read;
}

/** Turns `help` and `help COMMAND` into options. */
function withoutHelpCommand(args: readonly string[]): readonly string[] {
  const [first, ...rest] = args;
  return first === "help" ? [...rest, "--help"] : args;
}

/** Refuses what the parser would silently ignore: options behind `--`, and a command together with --version. */
function requireWholeLine(args: readonly string[]): void {
  const [first = "-"] = args;
  if (!first.startsWith("-") && !COMMAND_NAMES.includes(first)) throw usage(`there is no command '${first}'`, args);
  if (args.includes("--")) {
    throw usage("'--' ends the options, and everything after it would be ignored; leave it out", args);
  }
  const version = args.find((arg) => /^(?:-V|--version)(?:=|$)/.test(arg));
  if (version !== undefined && args.length > 1) {
    throw usage(`${version} must be the only argument: qsc ${version}`, args);
  }
}

/** The text that the parser wants to print; empty after a command was read. */
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

function parserFor(
  args: readonly string[],
  version: string,
  columns: number,
  onLine: (line: CommandLine) => void,
): Argv {
  let parser = yargs([])
    .scriptName("qsc")
    .usage("$0: may this model take traffic, now?\n\n$0 <command> [options]")
    .version(version)
    .alias("version", "V")
    .help()
    .alias("help", "h")
    .wrap(columns)
    .parserConfiguration({ "boolean-negation": false, "camel-case-expansion": false, "dot-notation": false })
    .strict()
    .demandCommand(1, `name a command: ${COMMAND_NAMES.join(", ")}`)
    .exitProcess(false)
    .fail((message: string | null, error: Error | undefined) => {
      throw error ?? usage(message ?? "the command line could not be parsed", args);
    })
    .epilogue(`${settingsHelp(columns)}\n\n${EXIT_CODES}`);
  for (const command of COMMANDS) {
    parser = parser.command(
      wordsOf(command),
      command.summary,
      (own) => describe(own, command),
      (flags) => {
        onLine({ command, flags: withDash(flags, command, args) });
      },
    );
  }
  return parser
    .example("$0 quality-gate --mode canary --model xgb --after 2026-01-11T08:30:00Z", "may xgb take traffic?")
    .example("$0 help activate", "the options of a command, with examples");
}

/** The parser takes a dash, which stands for standard input, for an empty word. */
function withDash(flags: CommandLine["flags"], { positional }: Command, args: readonly string[]): CommandLine["flags"] {
  const isDash = positional?.completes === "file" && flags[positional.name] === "" && args.includes("-");
  return isDash ? { ...flags, [positional.name]: "-" } : flags;
}

/** A command with its words, such as `notify <action> [channel]`. */
function wordsOf({ name, positional, optional }: Command): string {
  return `${name}${positional === undefined ? "" : ` <${positional.name}>`}${optional === undefined ? "" : ` [${optional.name}]`}`;
}

function describe(parser: Argv, command: Command): Argv {
  const described = parser
    .group(Object.keys(command.options), `Options of ${command.name}:`)
    .options(optionsOf(command))
    .group(["help", "version"], "Help:")
    .epilogue("");
  if (command.positional !== undefined) {
    const { name, choices, description } = command.positional;
    described.positional(name, { type: "string", description, ...(choices !== undefined && { choices }) });
  }
  if (command.optional !== undefined) {
    const { name, description } = command.optional;
    described.positional(name, { type: "string", description });
  }
  return command.examples.reduce((own, [line, what]) => own.example(line, what), described);
}

function usage(message: string, args: readonly string[]): QscError {
  const command = COMMANDS.find(({ name }) => name === args[0]);
  const help = command === undefined ? "qsc --help" : `qsc ${command.name} --help`;
  const sentence = message.trim().replace(/\s+/g, " ").replace(/\.$/, "");
  return new QscError("usage", `${sentence}${seeAlso(didYouMean(args, command), help)}`);
}

function seeAlso(meant: string | null, help: string): string {
  return meant === null ? `; see ${help}.` : `. Did you mean ${meant}? See ${help}.`;
}

/** The likely meaning of the first unknown word; null if nothing is close. */
function didYouMean([first = "", ...words]: readonly string[], command: Command | undefined): string | null {
  if (command === undefined) return first.startsWith("-") ? null : nearestWord(first, COMMAND_NAMES);
  const known = [...Object.keys(optionsOf(command)), ...ALWAYS];
  const given = words.map((word) => /^--([^=]+)/.exec(word)?.[1]).filter((name) => name !== undefined);
  const unknown = given.find((name) => !known.includes(name));
  const nearest = unknown === undefined ? null : nearestWord(unknown, known);
  return nearest === null ? null : `--${nearest}`;
}
