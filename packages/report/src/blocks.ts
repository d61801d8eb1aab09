/** How good or bad a thing is. */
export type Tone = "good" | "bad" | "unknown" | "plain";

export interface Cell {
  readonly text: string;
  readonly tone?: Tone;
}

/** One thing that was found. Without a label it is a plain list item. */
export interface Finding {
  readonly tone: Tone;
  readonly label: string;
  readonly text: string;
}

/** A part of a report, independent of the output format. Its texts are not escaped yet. */
export type Block = Shape & {
  /** The part of a document that this belongs to, if the reader may have seen that part already. */
  readonly part?: Part;
  /** Whether it is read before anything else: the reasons, and what to know beside them. */
  readonly leads?: true;
};

/** The steps of an operation, the texts of files that it writes, what a watch can see, and the table of each symbol. */
export const PARTS = ["steps", "files", "power", "segments"] as const;
export type Part = (typeof PARTS)[number];

type Shape =
  | { readonly kind: "headline"; readonly tone: Tone; readonly word: string; readonly text: string }
  | { readonly kind: "facts"; readonly rows: readonly (readonly [string, string])[] }
  | {
      readonly kind: "table";
      readonly title: string;
      readonly head: readonly string[];
      readonly rows: readonly (readonly Cell[])[];
      /** What a row says in its good cell that is as it should be, where rows that say no more may be counted alone. */
      readonly folds?: "pass" | "done";
    }
  | {
      readonly kind: "findings";
      readonly title: string;
      readonly items: readonly Finding[];
      /** The part that this counts: where that is left out, a terminal says how to see it. */
      readonly counts?: Part;
    };

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
