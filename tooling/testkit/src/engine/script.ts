import { randomUUID } from "node:crypto";
import { entryOf, type Entry } from "../telemetry/entry.js";
import { telemetryDrafts } from "../telemetry/seeded.js";
import { faultCalled, SILENCE } from "./faults.js";

/** The weights of a scripted engine without a canary. */
export const BASELINE_WEIGHTS: Readonly<Record<string, number>> = {
  xgboost: 0.3,
  lightgbm: 0.3,
  nhits: 0.2,
  patchtst: 0.2,
};

const BUILD = "5c41b7ed".repeat(5);

/** One process of a scripted engine: a healthy ensemble, until it serves a canary and is given a fault. */
export class Script {
  readonly #draftAt: ReturnType<typeof telemetryDrafts>;
  readonly #bootId = randomUUID();
  readonly #weights: Readonly<Record<string, number>>;
  readonly #canary: { readonly model: string; readonly weight: number } | null;
  #number = 0;

  /** @param environment of the process; with `IGNORE_DROP_IN=true` the engine does not read its canary variables */
  constructor(seed: number, environment: Readonly<Record<string, string | undefined>>) {
    const {
      QSC_CANARY_MODEL: model,
      QSC_CANARY_WEIGHT: weight,
      QSC_CANARY_WEIGHTS: weights,
      IGNORE_DROP_IN: deaf,
    } = environment;
    const reads = deaf !== "true" && model !== undefined && weights !== undefined;
    this.#draftAt = telemetryDrafts({ seed });
    this.#weights = reads ? (JSON.parse(weights) as Record<string, number>) : BASELINE_WEIGHTS;
    this.#canary = reads ? { model, weight: Number(weight) } : null;
  }

  /** The next decision, made now; null if there is none. */
  decide(atMs: number, faultName: string | null): Entry | null {
    const draft = this.#draftAt(atMs);
    this.#number += 1;
    Object.assign(draft.payload, {
      decision_id: `${this.#bootId}:${this.#number}`,
      build: BUILD,
      boot_id: this.#bootId,
      weights: this.#weights,
      canary: this.#canary,
    });
    if (faultName !== null && this.#canary !== null) {
      const fault = faultCalled(faultName);
      if (fault === SILENCE) return null;
      fault(draft.modelBreakdown[this.#canary.model] ?? {}, this.#number, draft);
    }
    return entryOf(draft, 2);
  }
}
