import type { Intent } from "@qsc/contract";
import { DuplicateFilter, type PartDecisions } from "@qsc/violations";

/**
 * The decisions of entries that are not judged themselves. An engine may reuse its numbers after a restart, so a
 * decision is identified by its key and content together.
 */
export class KnownDecisions {
  readonly #keys = new DuplicateFilter(true);
  readonly #contents = new DuplicateFilter();

  add({ decisionKey, contentKey }: Intent): void {
    this.#keys.see(decisionKey, "");
    this.#contents.see(together(decisionKey, contentKey), "");
  }

  has({ decisionKey, contentKey }: Intent): boolean {
    return this.#contents.knows(together(decisionKey, contentKey), "");
  }

  /** Their keys, for `haveInCommon`. */
  decisions(): PartDecisions {
    return this.#keys.decisions();
  }
}

function together(decisionKey: string, contentKey: string): string {
  return `${decisionKey}\n${contentKey}`;
}
