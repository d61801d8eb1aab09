/** The shortest time between two lines of one kind, in milliseconds. */
const PAUSE_MS = 60_000;

/** Writes the line, which stands for this many events of its kind. */
export type Say = (times: number) => void;

interface Pause {
  readonly timer: NodeJS.Timeout;
  /** The last line that was held back, and how many were. */
  say: Say;
  times: number;
}

/**
 * Keeps a log readable: the first line of a kind is written at once, then one per minute that counts all in between.
 */
export class Sparing {
  readonly #pauses = new Map<string, Pause>();

  tell(kind: string, say: Say): void {
    const pause = this.#pauses.get(kind);
    if (pause === undefined) {
      say(1);
      this.#pause(kind);
      return;
    }
    pause.say = say;
    pause.times += 1;
  }

  /** Writes what is held back. */
  flush(): void {
    for (const kind of [...this.#pauses.keys()]) this.#end(kind);
  }

  #pause(kind: string): void {
    const timer = setTimeout(() => {
      if (this.#end(kind)) this.#pause(kind);
    }, PAUSE_MS);
    // Must not keep the process running.
    timer.unref();
    this.#pauses.set(kind, { timer, say: () => undefined, times: 0 });
  }

  /** @returns whether there was a line to write */
  #end(kind: string): boolean {
    const pause = this.#pauses.get(kind);
    if (pause === undefined) return false;
    clearTimeout(pause.timer);
    this.#pauses.delete(kind);
    if (pause.times > 0) pause.say(pause.times);
    return pause.times > 0;
  }
}
