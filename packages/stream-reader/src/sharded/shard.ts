import { asQscError, idTime, QscError, type EntryId } from "@qsc/contract";
import { isQuick } from "../fast-path/quick-entry.js";
import type { ShardSource } from "../ports/shard.js";
import type { ShardState, SourceItem } from "../ports/source.js";
import type { Verifier } from "../signature/verify-entry.js";
import { mergedId } from "./shard-id.js";

/** Errors that concern one shard's key; any other means that nothing can be read. */
const PROBLEMS: ReadonlyMap<string, NonNullable<ShardState["problem"]>> = new Map([
  ["source_missing", "missing"],
  ["source_wrong_type", "wrong_type"],
]);

/** One stream of several that are merged: how to ask it, and what is known of it. */
export class Shard {
  readonly number: number;
  readonly source: ShardSource;
  readonly #verifier: Verifier | null;
  #problem: QscError | null = null;
  #newestMs: number | null = null;
  #lateMs = 0;

  constructor(number: number, source: ShardSource, verifier: Verifier | null) {
    this.number = number;
    this.source = source;
    this.#verifier = verifier;
  }

  get stream(): string {
    return this.source.stream;
  }

  /** Why the last question got no answer; null if it got one. */
  get problem(): QscError | null {
    return this.#problem;
  }

  get state(): ShardState {
    const problem = this.#problem === null ? null : (PROBLEMS.get(this.#problem.code) ?? null);
    return { stream: this.stream, problem, newestMs: this.#newestMs, lateMs: this.#lateMs };
  }

  /** The answer; null if the key is missing or no stream, which `state` then says. @throws QscError any other error */
  async ask<T>(question: () => Promise<T>): Promise<T | null> {
    try {
      const answer = await question();
      this.#problem = null;
      return answer;
    } catch (thrown) {
      const error = this.named(thrown);
      if (!PROBLEMS.has(error.code)) throw error;
      this.#problem = error;
      return null;
    }
  }

  /** The error, in words that name the shard. */
  named(thrown: unknown): QscError {
    const { code, message } = asQscError(thrown);
    return new QscError(code, message.includes(`'${this.stream}'`) ? message : `Shard '${this.stream}': ${message}`, {
      cause: thrown,
    });
  }

  /** It has an entry of this ID of its own. */
  meet(id: EntryId): void {
    this.#newestMs = Math.max(this.#newestMs ?? 0, idTime(id));
  }

  /** An entry came this much too late. */
  isLate(ms: number): void {
    this.#lateMs = Math.max(this.#lateMs, ms);
  }

  /** The items of a page, verified, under the IDs that they have in the merged stream. */
  merged(page: readonly SourceItem[]): readonly SourceItem[] {
    return page.map((item) => {
      const verified = item.kind === "entry" ? (this.#verifier?.(item) ?? item) : item;
      if (verified.id === null) return verified;
      this.meet(verified.id);
      const id = mergedId(verified.id, this.number);
      const place = `${this.stream} ${verified.id}`;
      if (verified.kind === "rejected") return { ...verified, id, place };
      if (isQuick(verified) && verified.under !== undefined) return verified.under(id, place);
      return { kind: "entry", id, place, fields: verified.fields };
    });
  }
}
