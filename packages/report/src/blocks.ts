/** How good or bad a thing is. */
export type Tone = "good" | "bad" | "unknown" | "plain";

export interface Cell {
  readonly text: string;
  readonly tone?: Tone;
}

/** One thing that was found. Without a label it is a plain point of a list. */
export interface Finding {
  readonly tone: Tone;
  readonly label: string;
  readonly text: string;
}

/** A part of a report, before anything is known of where it will be read. Texts are not inert yet. */
export type Block = Shape & {
  /** Which part of a document it is, where a reader may have seen that already. */
  readonly part?: Part;
};

/** The steps of an operation, and the texts of files that it writes. */
export type Part = "steps" | "files";

type Shape =
  | { readonly kind: "headline"; readonly tone: Tone; readonly word: string; readonly text: string }
  | { readonly kind: "facts"; readonly rows: readonly (readonly [string, string])[] }
  | {
      readonly kind: "table";
      readonly title: string;
      readonly head: readonly string[];
      readonly rows: readonly (readonly Cell[])[];
    }
  | { readonly kind: "findings"; readonly title: string; readonly items: readonly Finding[] };

/** The tone of a verdict, a status or a check. */
export function toneOf(word: string): Tone {
  return TONES.get(word) ?? "plain";
}

const TONES: ReadonlyMap<string, Tone> = new Map<string, Tone>([
  ["pass", "good"],
  ["GO", "good"],
  ["collected", "unknown"],
  ["unknown", "unknown"],
  ["WAIT", "unknown"],
  ["fail", "bad"],
  ["violation", "bad"],
  ["NO-GO", "bad"],
]);
