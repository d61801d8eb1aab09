/** How a text is used. */
export type Wanted = "nothing" | "often the same" | "own";

/** A text or a number at one place of a template, and its value in the last entry. */
export class Leaf {
  readonly kind: "text" | "number";
  /** Its position in the text that the template was made from. */
  from: number;
  to: number;
  wanted: Wanted = "nothing";
  /** Whether it may be a number written as text. An entry in which it is one is read in full. */
  watched = false;
  /** Whether its hash is needed. */
  hashed = false;
  number = 0;
  text = "";
  /** The index of the known text; -1 for any other text. */
  known = -1;
  high = 0;
  low = 0;

  constructor(kind: "text" | "number", from: number, to: number) {
    this.kind = kind;
    this.from = from;
    this.to = to;
  }
}
