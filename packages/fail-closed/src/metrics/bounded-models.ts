/** How many models get series of their own unless told otherwise. */
export const DEFAULT_MAX_MODELS = 100;

/**
 * Stands for every model beyond the limit, and for a reason that is not one of the known codes. No model can have this
 * name.
 */
export const OTHER = "(other)";

/**
 * The names of models as labels. The first `limit` models keep their names, so that models that are made as a service
 * runs, one for each customer for example, cannot make ever more series.
 */
export class BoundedModels {
  readonly #limit: number;
  readonly #names = new Set<string>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The model's own name, or `OTHER`. */
  labelOf(model: string): string {
    if (this.#names.has(model)) return model;
    if (this.#names.size >= this.#limit) return OTHER;
    this.#names.add(model);
    return model;
  }
}
