/** One `Key=value` of a unit file. */
export interface Assignment {
  /** Counted from 1. */
  readonly line: number;
  /** Without its brackets. */
  readonly section: string;
  readonly key: string;
  readonly value: string;
}

/** Throws the error for a line that cannot be read. */
export type Refuse = (line: number, problem: string) => never;

/** White space at the ends of a line. Other Unicode white space belongs to the value. */
const BLANKS = /^[ \t\r]+|[ \t\r]+$/g;

/** The assignments of a unit file, in order. Continued lines are refused: this package never writes them. */
export function* unitLines(text: string, refuse: Refuse): Generator<Assignment> {
  let section: string | null = null;
  for (const [index, raw] of text.split("\n").entries()) {
    const [number, line] = [index + 1, raw.replace(BLANKS, "")];
    if (line === "" || line.startsWith("#") || line.startsWith(";")) continue;
    if (line.startsWith("[")) {
      section = /^\[([^\]]+)\]$/.exec(line)?.[1] ?? refuse(number, `'${line.slice(0, 80)}' is not a section`);
      continue;
    }
    const [whole, key = "", value = ""] = /^([A-Za-z]+)[ \t]*=[ \t]*(.*)$/s.exec(line) ?? [];
    if (whole === undefined || section === null)
      return refuse(number, `'${line.slice(0, 80)}' assigns nothing within a section`);
    if (line.endsWith("\\")) refuse(number, "it continues on the next line");
    yield { line: number, section, key, value };
  }
}
