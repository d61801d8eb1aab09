import type { Intent } from "@qsc/contract";
import { DuplicateFilter, type Occurrence, type PartDecisions } from "@qsc/violations";

/** The decisions of entries that are not judged themselves. */
export class KnownDecisions {
  readonly #keys = new DuplicateFilter(true);
  readonly #contents = new DuplicateFilter();

  add(intent: Intent): void {
    this.#keys.see(intent.decisionKey, "");
    this.#contents.see(keyInBoot(intent), intent.contentKey);
  }

  /**
   * Whether a judged entry repeats one of these decisions. An engine may use its numbers again after a restart, but not
   * before; then another content contradicts the decision. Version 1 has no numbers: its key is what was decided, and
   * another process may have decided the same.
   */
  occurrence(intent: Intent): Occurrence {
    const occurrence = this.#contents.lookUp(keyInBoot(intent), intent.contentKey);
    return occurrence === "conflict" && intent.contract === 1 ? "duplicate" : occurrence;
  }

  /** Their keys, for `haveInCommon`. */
  decisions(): PartDecisions {
    return this.#keys.decisions();
  }
}

/** Only version 2 says which process has decided. */
function keyInBoot({ decisionKey, engine }: Intent): string {
  return engine === null ? decisionKey : `${engine.bootId}\n${decisionKey}`;
}
