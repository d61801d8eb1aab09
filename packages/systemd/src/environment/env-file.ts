const SPACE = /[ \t\n\r]/;
const END = /[\n\r]/;
/** What a backslash stands before within double quotes; before anything else it stands for itself. */
const ESCAPABLE = /["\\`$]/;

type State = "before-key" | "key" | "comment" | "before-value" | "value" | "value-escape" | "single" | "double" | "double-escape";

/**
 * Reads an environment file as systemd does (EnvironmentFile= in systemd.exec(5)): comments, quotes, escapes, lines that
 * go on. A later assignment wins.
 *
 * @returns the variables, or a sentence's end that says why they are not certain
 */
export function parseEnvironmentFile(text: string): ReadonlyMap<string, string> | { readonly problem: string } {
  const variables = new Map<string, string>();
  let state: State = "before-key";
  let key = "";
  let value = "";
  /** Up to here the value is kept: unquoted white space at its end is not. */
  let kept = 0;
  let line = 1;
  const push = (): void => {
    variables.set(key.trimEnd(), value.slice(0, kept));
    [key, value, kept] = ["", "", 0];
  };
  const add = (char: string, isKept = true): void => {
    value += char;
    if (isKept) kept = value.length;
  };
  for (const char of `${text}\n`) {
    const isEnd = END.test(char);
    switch (state) {
      case "before-key":
        if (char === "#" || char === ";") state = "comment";
        else if (!SPACE.test(char)) [state, key] = ["key", char];
        break;
      case "comment":
        // Some versions of systemd go on with the comment, others do not.
        if (isEnd && value === "\\") return { problem: `line ${line}, a comment, ends in a backslash, which systemd's versions read in two ways` };
        value = isEnd ? "" : char;
        if (isEnd) state = "before-key";
        break;
      case "key":
        if (isEnd) [state, key] = ["before-key", ""];
        else if (char === "=") state = "before-value";
        else key += char;
        break;
      case "before-value":
        if (isEnd) {
          push();
          state = "before-key";
        } else if (char === "'") state = "single";
        else if (char === '"') state = "double";
        else if (char === "\\") state = "value-escape";
        else if (!SPACE.test(char)) {
          add(char);
          state = "value";
        }
        break;
      case "value":
        if (isEnd) {
          push();
          state = "before-key";
        } else if (char === "\\") state = "value-escape";
        else add(char, !SPACE.test(char));
        break;
      case "value-escape":
        if (!isEnd) add(char);
        state = "value";
        break;
      case "single":
        if (char === "'") state = "before-value";
        else add(char);
        break;
      case "double":
        if (char === '"') state = "before-value";
        else if (char === "\\") state = "double-escape";
        else add(char);
        break;
      case "double-escape":
        if (ESCAPABLE.test(char)) add(char);
        else if (!isEnd) add(`\\${char}`);
        state = "double";
        break;
    }
    if (char === "\n") line += 1;
  }
  if (state === "single" || state === "double" || state === "double-escape") return { problem: `the quote of ${key} is not closed` };
  return variables;
}
