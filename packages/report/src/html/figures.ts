import type { Tone } from "../blocks.js";

/** Something drawn on a row's axis; positions are in the figure's unit. */
export type Shape =
  | {
      readonly kind: "bar";
      readonly from: number;
      readonly to: number;
      readonly look: "bar" | "thin" | "over" | "former";
    }
  | { readonly kind: "line"; readonly at: number; readonly look: "limit" | "tick" }
  /** A line over time; `y` is a part of the row's height, from the bottom. */
  | { readonly kind: "curve"; readonly points: readonly { readonly x: number; readonly y: number }[] }
  /** A limit across the whole row, at a part of its height. */
  | { readonly kind: "level"; readonly y: number }
  /** Counts of bins of equal width that fill the axis. */
  | { readonly kind: "bins"; readonly counts: readonly number[] };

/** A row of a figure: what it is of, the drawing, and the same in words. */
export interface FigureRow {
  readonly names: readonly string[];
  readonly shapes: readonly Shape[];
  readonly values: readonly { readonly text: string; readonly tone?: Tone }[];
}

/**
 * A plot that is a table as well: each row has its drawing on one axis, and its numbers beside it. What a reader cannot
 * see is in the words.
 */
export interface Figure {
  readonly title: string;
  /** How to read it, in one sentence. */
  readonly note: string;
  /** What the axis covers. */
  readonly axis: { readonly from: number; readonly to: number };
  /** The heads of the names, of the drawing, and of the values. */
  readonly head: { readonly names: readonly string[]; readonly plot: string; readonly values: readonly string[] };
  readonly rows: readonly FigureRow[];
  /** Whether rows need room for a histogram or a curve. */
  readonly tall?: true;
  /** What the curves show, in numbers. */
  readonly numbers?: {
    readonly summary: string;
    readonly head: readonly string[];
    readonly rows: readonly (readonly string[])[];
  };
}
