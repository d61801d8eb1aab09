import { unreadable } from "./faults.js";
import { LONGEST_ROW } from "./text.js";

const NO_SPACE = /[^\t\n\r ]/g;
/** What changes the depth, ends an item, or begins a text. */
const MARK = /["[\]{},]/g;
const IN_TEXT = /["\\]/g;

/** Where the reading of a list is: before its bracket, at an item or its end, in an item, or behind the list. */
type Position = "before" | "first" | "item" | "after";

/**
 * The texts of the items of a JSON list, one by one, without having all of it in memory. Whether an item is JSON is for
 * the caller to find out.
 * @throws QscError `predictions_unreadable` for what is not one whole list, and nothing else
 */
export async function* listItems(
  texts: AsyncIterable<string>,
  path: string,
): AsyncGenerator<{ readonly place: string; readonly text: string }> {
  const list = new ListReader(path);
  for await (const text of texts) yield* list.items(text);
  list.requireEnd();
}

class ListReader {
  readonly #path: string;
  #position: Position = "before";
  /** What was read of the present item. */
  #item = "";
  /** How many brackets are open within it. */
  #depth = 0;
  #isInText = false;
  #isEscaped = false;
  #count = 0;

  constructor(path: string) {
    this.#path = path;
  }

  *items(text: string): Generator<{ readonly place: string; readonly text: string }> {
    let at = 0;
    while (at < text.length) {
      if (this.#position === "item" || this.#position === "first") {
        const end = this.#endOfItem(text, at);
        this.#take(text.slice(at, end ?? text.length));
        if (end === null) return;
        yield* this.#closeItem(text[end] === "]");
        at = end + 1;
      } else at = this.#outside(text, at);
    }
  }

  requireEnd(): void {
    if (this.#position === "after") return;
    throw unreadable(this.#path, this.#position === "before" ? "is empty" : "is a JSON list that is cut off");
  }

  /** Outside of items there is one bracket, and space. */
  #outside(text: string, from: number): number {
    NO_SPACE.lastIndex = from;
    const found = NO_SPACE.exec(text);
    if (found === null) return text.length;
    if (this.#position === "after") throw unreadable(this.#path, "has something behind its JSON list");
    if (found[0] !== "[") throw unreadable(this.#path, "is not one JSON list");
    this.#position = "first";
    return found.index + 1;
  }

  /** Where the comma or bracket is that ends the present item; null: not in this text. */
  #endOfItem(text: string, from: number): number | null {
    let at = from;
    while (at < text.length) {
      if (this.#isInText) {
        const next = this.#endOfText(text, at);
        if (next === null) return null;
        at = next;
      }
      MARK.lastIndex = at;
      const found = MARK.exec(text);
      if (found === null) return null;
      const [mark] = found;
      at = found.index + 1;
      if (mark === '"') this.#isInText = true;
      else if (mark === "[" || mark === "{") this.#depth += 1;
      else if (this.#depth === 0) return this.#requireEndMark(mark, found.index);
      else if (mark !== ",") this.#depth -= 1;
    }
    return null;
  }

  #requireEndMark(mark: string, index: number): number {
    if (mark === "}") throw unreadable(this.#path, "is not JSON: it has a brace that closes nothing");
    return index;
  }

  /** Behind the quotation mark that ends a text; null: not in this one. */
  #endOfText(text: string, from: number): number | null {
    let at = from;
    if (this.#isEscaped) {
      this.#isEscaped = false;
      at += 1;
    }
    for (;;) {
      IN_TEXT.lastIndex = at;
      const found = IN_TEXT.exec(text);
      if (found === null) return null;
      if (found[0] === '"') {
        this.#isInText = false;
        return found.index + 1;
      }
      at = found.index + 2;
      if (at > text.length) {
        this.#isEscaped = true;
        return null;
      }
    }
  }

  #take(text: string): void {
    this.#item += text;
    if (this.#item.length > LONGEST_ROW)
      throw unreadable(this.#path, `has an item of more than ${LONGEST_ROW} characters`);
  }

  *#closeItem(isLast: boolean): Generator<{ readonly place: string; readonly text: string }> {
    const text = this.#item;
    const isEmpty = text.trim() === "";
    // Only a list without any item may have nothing before its bracket.
    if (isEmpty && !(isLast && this.#position === "first"))
      throw unreadable(this.#path, `is not JSON: item ${this.#count + 1} of its list is empty`);
    if (!isEmpty) {
      this.#count += 1;
      yield { place: `item ${this.#count}`, text };
    }
    this.#item = "";
    this.#position = isLast ? "after" : "item";
  }
}
