import type { DescribedCommand, DescribedOption, Value } from "../described.js";
import { singleQuoted } from "./quoted.js";

/** The completion of `qsc` for zsh, as a function of its completion system. */
export function zshCompletion(commands: readonly DescribedCommand[]): string {
  const rows = commands.map(({ name, summary }) => `    ${singleQuoted(`${name}:${summary}`)}`);
  return `#compdef qsc
# Completion of qsc for zsh. In this shell, after compinit: source <(qsc completion zsh)
# For all shells: qsc completion zsh > a directory of $fpath, as _qsc
_qsc() {
  local curcontext="$curcontext" state line
  local -a commands=(
${rows.join("\n")}
    'help:The options of a command'
  )
  _arguments -C '(- *)'{-h,--help}'[Show help]' '(- *)'{-V,--version}'[Show the version]' '1:command:->command' '*::rest:->rest'
  case $state in
    command) _describe -t commands command commands ;;
    rest)
      case $words[1] in
        help) _describe -t commands command commands ;;
${commands.map(commandCase).join("\n")}
      esac
      ;;
  esac
}
if [[ $funcstack[1] == _qsc ]]; then
  _qsc "$@"
else
  compdef _qsc qsc
fi
`;
}

function commandCase({ name, words, takesFile, positional, options }: DescribedCommand): string {
  const action = takesFile ? "_files" : words === null ? null : `(${words.join(" ")})`;
  const first = action === null || positional === null ? [] : [singleQuoted(`1:${positional}:${action}`)];
  const specs = [...first, ...options.map(specOf), `'(- *)'{-h,--help}'[Show help]'`];
  return `        ${name}) _arguments \\\n${specs.map((spec) => `          ${spec}`).join(" \\\n")} ;;`;
}

function specOf({ name, description, value, repeatable }: DescribedOption): string {
  const often = repeatable ? "*" : "";
  const shown = `[${description.replaceAll(/[[\]\\]/g, "\\$&")}]`;
  return singleQuoted(value === null ? `--${name}${shown}` : `${often}--${name}=${shown}:${name}:${actionOf(value)}`);
}

function actionOf(value: Value): string {
  switch (value.kind) {
    case "words":
      return `(${value.words.join(" ")})`;
    case "file":
      return "_files";
    case "directory":
      return "_files -/";
    case "other":
      // A space: something is required here that cannot be completed.
      return " ";
  }
}
