import type { QscError } from "@qsc/contract";
import type { FollowOptions } from "./source.js";

/** Tells a follower's caller, once each, that its source cannot be read and that it can again. */
export class Outage {
  readonly #tell: FollowOptions["onOutage"];
  #code: string | null = null;

  constructor(options: FollowOptions) {
    this.#tell = options.onOutage;
  }

  /** The source cannot be read. Reported if it could before, or could not for another reason. */
  begins(error: QscError): void {
    if (error.code !== this.#code) this.#tell?.(error);
    this.#code = error.code;
  }

  ends(): void {
    if (this.#code !== null) this.#tell?.(null);
    this.#code = null;
  }
}
