/** How a text is wanted. */
export type Wanted = "nothing" | "often the same" | "own";

/** A text or a number at one place of a template, and what the entry read last has there. */
export class Leaf {
  readonly kind: "text" | "number";
  /** Where it stands in the text that the template was made of. */
  from: number;
  to: number;
  wanted: Wanted = "nothing";
  /** Whether it may be a number that the writer made text of: an entry in which it is one is read in full. */
  watched = false;
  /** Whether its hash is wanted. */
  hashed = false;
  number = 0;
  text = "";
  /** Which of the few known texts it is; -1 for another one. */
  known = -1;
  high = 0;
  low = 0;

  constructor(kind: "text" | "number", from: number, to: number) {
    this.kind = kind;
    this.from = from;
    this.to = to;
  }
}
