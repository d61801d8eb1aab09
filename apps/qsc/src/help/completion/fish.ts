import type { DescribedCommand, DescribedOption, Value } from "../described.js";

/** The completion of `qsc` for fish. */
export function fishCompletion(commands: readonly DescribedCommand[]): string {
  const lines = [
    "# Completion of qsc for fish. In this shell: qsc completion fish | source",
    "# For all shells: qsc completion fish > ~/.config/fish/completions/qsc.fish",
    "complete -c qsc -f",
    "complete -c qsc -n __fish_use_subcommand -s h -l help -d 'Show help'",
    "complete -c qsc -n __fish_use_subcommand -s V -l version -d 'Show the version'",
    "complete -c qsc -n __fish_use_subcommand -a help -d 'The options of a command'",
    `complete -c qsc -n '__fish_seen_subcommand_from help' -a ${quoted(commands.map(({ name }) => name).join(" "))}`,
    ...commands.flatMap(linesOf),
  ];
  return `${lines.join("\n")}\n`;
}

function linesOf({ name, summary, words, takesFile, options }: DescribedCommand): readonly string[] {
  const here = `complete -c qsc -n ${quoted(isCommand(name))}`;
  return [
    `complete -c qsc -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
    ...(takesFile ? [`${here} -F`] : []),
    ...(words === null ? [] : [`${here} -a ${quoted(words.join(" "))}`]),
    ...options.map((option) => `complete -c qsc -n ${quoted(condition(name, option))} ${optionOf(option)}`),
    `${here} -s h -l help -d 'Show help'`,
  ];
}

/** Behind `help`, a command's name is not the command. */
function isCommand(name: string): string {
  return `__fish_seen_subcommand_from ${name}; and not __fish_seen_subcommand_from help`;
}

/** Fish counts an option as given also while its value is completed, so only a switch is left out afterwards. */
function condition(command: string, { name, value }: DescribedOption): string {
  return value !== null ? isCommand(command) : `${isCommand(command)}; and not __fish_contains_opt ${name}`;
}

function optionOf({ name, description, value }: DescribedOption): string {
  return `-l ${name}${value === null ? "" : ` ${takes(value)}`} -d ${quoted(description)}`;
}

function takes(value: Value): string {
  switch (value.kind) {
    case "words":
      return `-x -a ${quoted(value.words.join(" "))}`;
    case "file":
      return "-r -F";
    case "directory":
      return "-x -a '(__fish_complete_directories)'";
    case "other":
      return "-x";
  }
}

/** A text as one word of fish, in which a backslash and a quote are escaped by a backslash. */
function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, "\\$&")}'`;
}
