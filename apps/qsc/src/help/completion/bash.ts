import type { DescribedCommand, Value } from "../described.js";
import { singleQuoted } from "./quoted.js";

/**
 * The completion of `qsc` for bash, 3.2 and later, without other packages: commands, their options that are not given
 * yet, and what an option takes. Bash splits `--option=value` at the sign.
 */
export function bashCompletion(commands: readonly DescribedCommand[]): string {
  const names = commands.map(({ name }) => name);
  return `# Completion of qsc for bash. In this shell: source <(qsc completion bash)
# For all shells: qsc completion bash > ~/.local/share/bash-completion/completions/qsc
_qsc() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]}
  if [[ $cur == "=" ]]; then
    cur=""
  elif [[ $prev == "=" ]]; then
    prev=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W ${singleQuoted([...names, "help", "--help", "--version"].join(" "))} -- "$cur"))
    return
  fi
  case "\${COMP_WORDS[1]} $prev" in
    "help help") COMPREPLY=($(compgen -W ${singleQuoted(names.join(" "))} -- "$cur")); return ;;
${commands.flatMap(valueCases).join("\n")}
  esac
  local options="" repeatable="" option
  case "\${COMP_WORDS[1]}" in
${commands.map(optionCase).join("\n")}
  esac
  local -a words=()
  for option in $options; do
    [[ " \${COMP_WORDS[*]:2} " == *" $option "* && "$option" != "$cur" && " $repeatable " != *" $option "* ]] || words+=("$option")
  done
  COMPREPLY=($(compgen -W "\${words[*]}" -- "$cur"))
}
complete -F _qsc qsc
`;
}

/** A line for each thing that may follow a word of the command. */
function valueCases({ name, words, takesFile, options }: DescribedCommand): readonly string[] {
  // Options may come before the word, too.
  const first: Value | null = words !== null ? { kind: "words", words } : takesFile ? { kind: "file" } : null;
  const positional =
    first === null ? [] : [`    "${name} ${name}") [[ $cur == -* ]] || { ${commandFor(first)}return; } ;;`];
  return [
    ...positional,
    ...options.flatMap(({ name: option, value }) => (value === null ? [] : [caseOf(`${name} --${option}`, value)])),
  ];
}

function caseOf(words: string, value: Value): string {
  return `    ${singleQuoted(words)}) ${commandFor(value)}return ;;`;
}

function commandFor(value: Value): string {
  switch (value.kind) {
    case "words":
      return `COMPREPLY=($(compgen -W ${singleQuoted(value.words.join(" "))} -- "$cur")); `;
    case "file":
      return filesBy("-f");
    case "directory":
      return filesBy("-d");
    case "other":
      return "";
  }
}

/** A name may contain spaces: one line is one name. */
function filesBy(kind: string): string {
  return `compopt -o filenames 2>/dev/null; local IFS=$'\\n'; COMPREPLY=($(compgen ${kind} -- "$cur")); `;
}

function optionCase({ name, options }: DescribedCommand): string {
  const all = [...options.map((option) => `--${option.name}`), "--help"].join(" ");
  const repeatable = options.filter((option) => option.repeatable).map((option) => `--${option.name}`);
  return `    ${name}) options=${singleQuoted(all)} repeatable=${singleQuoted(repeatable.join(" "))} ;;`;
}
