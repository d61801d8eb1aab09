import { compareIds, QscError, type EntryId } from "@qsc/contract";
import type { EventSource, Gap, SourceItem } from "@qsc/stream-reader";
import type { Effects } from "./effects.js";
import type { Machine } from "./machine.js";

/** Opens the telemetry for a process. */
export async function openTelemetry(machine: Machine, effects: Effects): Promise<EventSource> {
  await effects.take("telemetry.open", [], () => undefined);
  return new ModelSource(machine, effects);
}

class ModelSource implements EventSource {
  readonly label = "model:";
  readonly stream = "stream";
  readonly ordering = "by-id";
  readonly live = true;
  readonly #machine: Machine;
  readonly #effects: Effects;
  readonly #gaps: Gap[] = [];
  #closed = false;

  constructor(machine: Machine, effects: Effects) {
    this.#machine = machine;
    this.#effects = effects;
  }

  async state(): ReturnType<EventSource["state"]> {
    const entries = await this.#read(() => this.#machine.entries);
    const nowMs = this.#effects.sees(this.#machine.nowMs);
    const lastId = entries.at(-1)?.id ?? null;
    return {
      length: entries.length,
      firstId: entries[0]?.id ?? null,
      lastId,
      endId: lastId,
      clock: { lowMs: nowMs, highMs: nowMs },
    };
  }

  async *pages(
    { from, to }: { readonly from: EntryId; readonly to: EntryId },
    order: "oldest-first" | "newest-first" = "oldest-first",
  ): AsyncGenerator<readonly SourceItem[]> {
    const page = await this.#read(() =>
      this.#machine.entries.filter(({ id }) => id !== null && compareIds(id, from) >= 0 && compareIds(id, to) <= 0),
    );
    yield order === "oldest-first" ? page : page.toReversed();
  }

  async *follow(
    after: EntryId,
    { signal, onOutage, onCaughtUp, resumes = false }: Parameters<EventSource["follow"]>[1],
  ): AsyncGenerator<readonly SourceItem[]> {
    let cursor = after;
    let isToBeFound = resumes;
    while (!signal.aborted && !this.#closed) {
      let page: readonly SourceItem[] = [];
      try {
        page = await this.#read(() =>
          this.#machine.entries.filter(({ id }) => id !== null && compareIds(id, cursor) > 0),
        );
        onOutage?.(null);
        // Nothing is ever trimmed here.
        if (isToBeFound && !this.#machine.entries.some(({ id }) => id === after))
          this.#gaps.push({ kind: "recreated", detail: `entry ${after}, which was read, is not in it` });
        isToBeFound = false;
      } catch (thrown) {
        if (!(thrown instanceof QscError)) throw thrown;
        onOutage?.(thrown);
      }
      cursor = page.at(-1)?.id ?? cursor;
      if (page.length > 0) yield page;
      else {
        onCaughtUp?.();
        await this.#news(signal);
      }
    }
  }

  gaps(): readonly Gap[] {
    return this.#gaps;
  }

  close(): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #read<T>(what: () => T): Promise<T> {
    return this.#effects.take("telemetry.read", [], () => {
      if (this.#machine.sourceIsDown) throw new QscError("source_unreachable", "The source model: cannot be reached.");
      return what();
    });
  }

  /** Resolves at the next entry, or at the signal. */
  #news(signal: AbortSignal): Promise<void> {
    return this.#effects.alive(
      new Promise((resolve) => {
        const done = (): void => {
          stop();
          signal.removeEventListener("abort", done);
          resolve();
        };
        const stop = this.#machine.onNews(this.#effects, done);
        signal.addEventListener("abort", done);
      }),
    );
  }
}
