import { isDeepStrictEqual } from "node:util";
import type { Intent } from "@qsc/contract";
import { NotTemplatable } from "./not-templatable.js";

/** How many templates are kept. The one that matched last is tried first. */
const MOST_TEMPLATES = 8;
/** Learning costs more than reading, so it must be earned by entries that matched. */
const FIRST_CREDIT = 16;
const HITS_FOR_ONE = 100;

/** The templates learned from the entries of one source. */
export class Learned<T> {
  readonly #templates: T[] = [];
  #credit = FIRST_CREDIT;
  #hits = 0;

  /** The intent that the first matching template reads; null if none matches. */
  read(attempt: (template: T) => Intent | null): Intent | null {
    for (let index = 0; index < this.#templates.length; index += 1) {
      const template = this.#templates[index];
      const intent = template === undefined ? null : attempt(template);
      if (template === undefined || intent === null) continue;
      if (index > 0) {
        this.#templates.splice(index, 1);
        this.#templates.unshift(template);
      }
      this.#hits += 1;
      if (this.#hits % HITS_FOR_ONE === 0) this.#credit = Math.min(FIRST_CREDIT, this.#credit + 1);
      return intent;
    }
    return null;
  }

  /**
   * Makes a template from an entry that the decoder has read. Keeps it only if it reads exactly the same intent from
   * that entry.
   */
  learn(make: () => T, attempt: (template: T) => Intent | null, intent: Intent): void {
    if (this.#credit === 0) return;
    this.#credit -= 1;
    try {
      const template = make();
      if (!isDeepStrictEqual(attempt(template), intent)) return;
      this.#templates.unshift(template);
      this.#templates.length = Math.min(this.#templates.length, MOST_TEMPLATES);
    } catch (error) {
      if (!(error instanceof NotTemplatable)) throw error;
    }
  }
}
