import { checkedLimit } from "../../ports/paging.js";
import type { EventReader, Gap, IdRange, SequenceRange, SourceItem } from "../../ports/source.js";
import type { Timeouts } from "../../ports/timeouts.js";
import type { NatsLocation } from "../location.js";
import { Losses } from "./losses.js";
import { readBackward, readOldestFirst } from "./read-sequences.js";
import { Session } from "./session.js";

/** Some sequence numbers of a stream. It reports only their losses, and whether the stream is still the same one. */
export class NatsPart implements EventReader {
  readonly ordering = "by-id";
  readonly #session: Session;
  readonly #losses: Losses;
  readonly #part: SequenceRange;

  constructor(location: NatsLocation, stream: string, timeouts: Timeouts, part: SequenceRange) {
    this.#session = new Session(location, stream, timeouts);
    this.#losses = new Losses(stream);
    this.#part = part;
  }

  async *pages(
    range: IdRange,
    order: "oldest-first" | "newest-first" = "oldest-first",
    limit: number = Infinity,
  ): AsyncGenerator<readonly SourceItem[]> {
    const most = checkedLimit(limit);
    const { connection, state: start } = await this.#session.existing();
    const { created, before, ...sequences } = this.#part;
    const reading = { connection, sequences, range, start, losses: this.#losses };
    yield* order === "newest-first" ? readBackward(reading, most) : readOldestFirst(reading, most, before);
    const { state } = await this.#session.look();
    if (state?.created !== created)
      this.#losses.recreated("it is not the one that was divided: it was deleted, or replaced by another");
  }

  gaps(): readonly Gap[] {
    return this.#losses.gaps;
  }

  close(): Promise<void> {
    return this.#session.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
