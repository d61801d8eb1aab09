const SPACE = /[ \t\n\r]/;
const END = /[\n\r]/;
/** What a backslash escapes within double quotes; before any other character it is literal. */
const ESCAPABLE = /["\\`$]/;

type State =
  "before-key" | "key" | "comment" | "before-value" | "value" | "value-escape" | "single" | "double" | "double-escape";

/** What has been read so far. */
class Reading {
  readonly variables = new Map<string, string>();
  key = "";
  /** In a comment: its last character. */
  value = "";
  line = 1;
  /** Length of the value to keep: trailing unquoted white space is dropped. */
  #kept = 0;

  add(text: string, isKept = true): void {
    this.value += text;
    if (isKept) this.#kept = this.value.length;
  }

  push(): State {
    this.variables.set(this.key.trimEnd(), this.value.slice(0, this.#kept));
    this.value = "";
    this.#kept = 0;
    return "before-key";
  }
}

type Step = (reading: Reading, char: string, isEnd: boolean) => State | { readonly problem: string };

/** What a character does in each state. */
const STEPS: Readonly<Record<State, Step>> = {
  "before-key": (reading, char) => {
    if (char === "#" || char === ";") return "comment";
    if (SPACE.test(char)) return "before-key";
    reading.key = char;
    return "key";
  },
  comment: (reading, char, isEnd) => {
    // Some versions of systemd continue the comment, others do not.
    if (isEnd && reading.value === "\\") {
      return {
        problem: `line ${reading.line}, a comment, ends in a backslash, which depends on the version of systemd`,
      };
    }
    reading.value = isEnd ? "" : char;
    return isEnd ? "before-key" : "comment";
  },
  key: (reading, char, isEnd) => {
    if (isEnd) return "before-key";
    if (char === "=") return "before-value";
    reading.key += char;
    return "key";
  },
  "before-value": (reading, char, isEnd) => {
    if (isEnd) return reading.push();
    if (char === "'") return "single";
    if (char === '"') return "double";
    if (char === "\\") return "value-escape";
    if (SPACE.test(char)) return "before-value";
    reading.add(char);
    return "value";
  },
  value: (reading, char, isEnd) => {
    if (isEnd) return reading.push();
    if (char === "\\") return "value-escape";
    reading.add(char, !SPACE.test(char));
    return "value";
  },
  "value-escape": (reading, char, isEnd) => {
    if (!isEnd) reading.add(char);
    return "value";
  },
  single: (reading, char) => {
    if (char === "'") return "before-value";
    reading.add(char);
    return "single";
  },
  double: (reading, char) => {
    if (char === '"') return "before-value";
    if (char === "\\") return "double-escape";
    reading.add(char);
    return "double";
  },
  "double-escape": (reading, char, isEnd) => {
    if (ESCAPABLE.test(char)) reading.add(char);
    else if (!isEnd) reading.add(`\\${char}`);
    return "double";
  },
};

/** A file that ends in one of these has a quote that is not closed. */
const QUOTED: ReadonlySet<State> = new Set(["single", "double", "double-escape"]);

/**
 * Reads an environment file as systemd does (EnvironmentFile= in systemd.exec(5)): comments, quotes, escapes, continued
 * lines. A later assignment wins.
 *
 * @returns the variables, or a phrase that says why they are not certain
 */
export function parseEnvironmentFile(text: string): ReadonlyMap<string, string> | { readonly problem: string } {
  const reading = new Reading();
  let state: State = "before-key";
  for (const char of `${text}\n`) {
    const next: ReturnType<Step> = STEPS[state](reading, char, END.test(char));
    if (typeof next === "object") return next;
    state = next;
    if (char === "\n") reading.line += 1;
  }
  return QUOTED.has(state) ? { problem: `the quote of ${reading.key} is not closed` } : reading.variables;
}
