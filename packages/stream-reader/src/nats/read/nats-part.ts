import type { EventReader, Gap, IdRange, SequenceRange, SourceItem } from "../../ports/source.js";
import type { Timeouts } from "../../ports/timeouts.js";
import type { NatsLocation } from "../location.js";
import { Losses } from "./losses.js";
import { readOldestFirst } from "./read-sequences.js";
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

  async *pages(range: IdRange): AsyncGenerator<readonly SourceItem[]> {
    const { connection, state: start } = await this.#session.existing();
    const { created, before, ...sequences } = this.#part;
    const reading = { connection, sequences, range, start, losses: this.#losses };
    yield* readOldestFirst(reading, Infinity, before);
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
