import { refuse } from "../guard/options.js";
import type { FailClosedModel } from "../model.js";
import { listed } from "../words.js";

/** A model's name and its known labels: empty while its manifest cannot be read. */
interface Labelled {
  readonly name: string;
  readonly labels: readonly string[];
}

/**
 * The labels that all models of an ensemble share, in any order but with the same spelling. The first model whose
 * labels are known fixes them when the ensemble is created; a model that is reloaded with other labels does not vote.
 */
export class AgreedLabels {
  readonly #models: readonly FailClosedModel[];
  #agreed: Labelled | null;

  /** @throws QscError `invalid_option` naming two models that differ */
  constructor(models: readonly FailClosedModel[]) {
    this.#models = models;
    this.#agreed = firstKnown(models);
    const problem = models.map((model) => this.problemOf(model)).find((found) => found !== null);
    if (problem !== undefined) refuse(`Models of an ensemble need the same labels: ${problem}.`);
  }

  /** Every label that may be voted for; null while no model's labels are known. */
  get labels(): ReadonlySet<string> | null {
    this.#agreed ??= firstKnown(this.#models);
    return this.#agreed === null ? null : new Set(this.#agreed.labels);
  }

  /** How a model's labels differ; null if they do not differ or are not known. */
  problemOf(model: Labelled): string | null {
    this.#agreed ??= firstKnown(this.#models);
    return this.#agreed === null || model.labels.length === 0 ? null : differenceOf(this.#agreed, model);
  }
}

function firstKnown(models: readonly FailClosedModel[]): Labelled | null {
  const model = models.find(({ labels }) => labels.length > 0);
  return model === undefined ? null : { name: model.name, labels: [...model.labels] };
}

function differenceOf(one: Labelled, other: Labelled): string | null {
  const [ours, theirs] = [missingIn(one, other), missingIn(other, one)];
  if (ours.length === 0 && theirs.length === 0) return null;
  const areAlike = theirs.some((label) => ours.some((own) => folded(own) === folded(label)));
  const words = `${listed([one.name])} has ${listed(one.labels)}, ${listed([other.name])} has ${listed(other.labels)}`;
  return areAlike ? `${words}, and some differ only in case, spaces or Unicode form` : words;
}

function missingIn({ labels }: Labelled, other: Labelled): readonly string[] {
  return labels.filter((label) => !other.labels.includes(label));
}

function folded(label: string): string {
  return label.normalize("NFKC").trim().toLowerCase();
}
