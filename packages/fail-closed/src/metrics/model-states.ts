import type { ModelEvent } from "../model.js";
import { OTHER } from "./bounded-models.js";

/** Which models can serve, and which artefact each has, from their events. */
export class ModelStates {
  readonly #active = new Map<string, boolean>();
  readonly #artifacts = new Map<string, string>();

  /** Takes the event of the model with this label. */
  take(label: string, event: ModelEvent): void {
    // Models beyond the limit cannot be told apart, so that one of them may always be inactive.
    if (label === OTHER) {
      this.#active.set(label, false);
      return;
    }
    switch (event.kind) {
      case "inactive":
        this.#active.set(label, false);
        return;
      case "active":
        this.#active.set(label, true);
        return;
      case "loaded":
        this.#artifacts.set(label, event.artifactSha256);
        this.#begin(label);
        return;
      case "prediction":
        this.#begin(label);
        return;
      case "loading":
        return;
    }
  }

  /** Each label, and whether its model can serve. A model without an event yet, or that is loading, is not there. */
  get active(): ReadonlyMap<string, boolean> {
    return this.#active;
  }

  /** The artefact that was loaded last, by label. */
  get artifacts(): ReadonlyMap<string, string> {
    return this.#artifacts;
  }

  /** A model says that it is inactive before anything else: without a word of that, it has begun as active. */
  #begin(label: string): void {
    if (!this.#active.has(label)) this.#active.set(label, true);
  }
}
