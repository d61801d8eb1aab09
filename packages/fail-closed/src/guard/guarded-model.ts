import { ModelError } from "../errors.js";
import type { FailClosedModel, ModelState } from "../model.js";
import type { FeatureRow, Prediction } from "../prediction.js";
import type { ModelInput } from "../predictor.js";
import { asModelError } from "./as-model-error.js";
import { History } from "./history.js";
import type { Listener } from "./listener.js";
import type { Loaded } from "./loaded.js";
import { predictionOf } from "./prediction-of.js";
import type { CheckedAnswer } from "./read-answer.js";
import { isOfTheRow, RowFaults } from "./row-faults.js";
import { symbolOrNone } from "./row-symbol.js";
import type { Timed } from "./timed-calls.js";

interface Options<Label extends string> {
  /** Loads again; never rejects. */
  readonly load: () => Promise<Loaded<Label>>;
  readonly emit: Listener;
  readonly maxSymbols: number | undefined;
  /** Whether every row needs its symbol even though the model uses a single row. */
  readonly isPerSymbol: boolean;
}

/** The outcome of one call to the predictor. */
type Asked<Label extends string> = Timed<CheckedAnswer<Label>>;

const ACTIVE: ModelState = Object.freeze({ status: "active" });

/** A fail-closed model around the latest load. */
export class GuardedModel<Label extends string> implements FailClosedModel<Label> {
  readonly #load: () => Promise<Loaded<Label>>;
  readonly #emit: Listener;
  readonly #maxSymbols: number | undefined;
  readonly #isPerSymbol: boolean;
  #loaded: Loaded<Label>;
  /** Survives a failed load: rows are still recorded, so that the windows have no gap once it is fixed. */
  #history: History | null = null;
  #rowFaults = new RowFaults();
  #state: ModelState = ACTIVE;
  /** Reloads, one after another. */
  #reloads: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | null = null;

  constructor(loaded: Loaded<Label>, { load, emit, maxSymbols, isPerSymbol }: Options<Label>) {
    this.#load = load;
    this.#emit = emit;
    this.#maxSymbols = maxSymbols;
    this.#isPerSymbol = isPerSymbol;
    this.#loaded = loaded;
    this.#adopt(loaded);
  }

  get name(): string {
    return this.#loaded.identity.name;
  }

  get title(): string {
    return this.#loaded.identity.title;
  }

  get labels(): readonly Label[] {
    return this.#loaded.identity.labels;
  }

  get features(): readonly string[] {
    return this.#loaded.identity.features;
  }

  get rows(): number {
    return this.#loaded.identity.rows;
  }

  get state(): ModelState {
    return this.#state;
  }

  get artifactSha256(): string | null {
    return this.#loaded.identity.artifactSha256;
  }

  get fileSha256(): string | null {
    return this.#loaded.identity.fileSha256;
  }

  get manifestSha256(): string | null {
    return this.#loaded.identity.manifestSha256;
  }

  async predict(row: FeatureRow): Promise<Prediction<Label>> {
    const loaded = this.#loaded;
    const symbol = symbolOrNone(row);
    // Record the row before awaiting anything, so that rows keep the order of the calls.
    const asked = this.#ask(loaded, row, symbol);
    const prediction = predictionOf(loaded.identity, asked instanceof Promise ? await asked : asked);
    // If the predictor was replaced in the meantime, its answer stands under its own file's hash, but does not affect
    // the state of the current model.
    if (loaded === this.#loaded) this.#enter(this.#after(prediction, symbol));
    this.#emit({ kind: "prediction", ...this.#who, prediction });
    return prediction;
  }

  remember(row: FeatureRow): void {
    this.#take(row);
  }

  reload(): Promise<ModelState> {
    const reloaded = this.#reloads.then(() => this.#reload());
    this.#reloads = reloaded;
    return reloaded;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #who(): { readonly model: string; readonly title: string } {
    return { model: this.name, title: this.title };
  }

  /** How a prediction changes the state: an unusable row affects it only if no symbol has a usable one. */
  #after(prediction: Prediction<Label>, symbol: string): ModelState {
    const { predictor } = this.#loaded;
    if (predictor instanceof ModelError) return inactive(predictor);
    const error = prediction.status === "active" ? null : prediction.error;
    const isRowFault = error !== null && isOfTheRow(error);
    const canServe = this.#rowFaults.note(symbol, !isRowFault);
    if (error === null) return ACTIVE;
    if (!isRowFault) return inactive(error);
    const isOfTheModel = this.#state.status === "inactive" && !isOfTheRow(this.#state.error);
    return canServe || isOfTheModel ? this.#state : inactive(error);
  }

  #ask(loaded: Loaded<Label>, row: FeatureRow, symbol: string): Asked<Label> | Promise<Asked<Label>> {
    const { predictor } = loaded;
    const input = this.#take(row);
    if (predictor instanceof ModelError) return { error: predictor, ms: null };
    return input instanceof ModelError ? { error: input, ms: null } : predictor.ask(input, symbol);
  }

  #take(row: FeatureRow): ModelInput | ModelError {
    try {
      return this.#history?.take(row) ?? new ModelError("input_missing", "No features are known yet");
    } catch (thrown) {
      return asModelError(thrown, "input_missing", "Input cannot be read");
    }
  }

  async #reload(): Promise<ModelState> {
    if (this.#closing !== null) return this.#state;
    const loaded = await this.#load();
    if (this.#isClosed()) await retire(loaded);
    else {
      const former = this.#loaded;
      this.#adopt(loaded);
      await retire(former);
    }
    return this.#state;
  }

  /** Checked again after every await: `close` may have been called in the meantime. */
  #isClosed(): boolean {
    return this.#closing !== null;
  }

  async #close(): Promise<void> {
    const former = this.#loaded;
    const error = new ModelError("closed", "Model was closed");
    this.#history = null;
    this.#loaded = { identity: former.identity, predictor: error };
    this.#enter(inactive(error));
    await Promise.all([retire(former), this.#reloads]);
  }

  #adopt(loaded: Loaded<Label>): void {
    const { predictor, identity } = loaded;
    const { features, rows, artifactSha256 } = identity;
    this.#loaded = loaded;
    if (features.length > 0 && this.#history?.fits(features, rows) !== true) {
      this.#history = new History(features, rows, { maxSymbols: this.#maxSymbols, needsSymbol: this.#isPerSymbol });
      // Which rows are usable may have changed.
      this.#rowFaults = new RowFaults();
    }
    const isGood = !(predictor instanceof ModelError);
    if (isGood && artifactSha256 !== null) this.#emit({ kind: "loaded", ...this.#who, artifactSha256 });
    const fault = isGood ? predictor.fault : predictor;
    this.#enter(fault === null ? ACTIVE : inactive(fault));
  }

  #enter(state: ModelState): void {
    const former = this.#state;
    this.#state = state;
    if (state.status === "active") {
      if (former.status === "inactive") this.#emit({ kind: "active", ...this.#who });
    } else if (former.status === "active" || former.reason !== state.reason) {
      this.#emit({ kind: "inactive", ...this.#who, reason: state.reason, error: state.error });
    }
  }
}

function inactive(error: ModelError): ModelState {
  return Object.freeze({ status: "inactive", reason: error.code, error });
}

async function retire({ predictor }: Loaded<string>): Promise<void> {
  if (!(predictor instanceof ModelError)) await predictor.retire();
}
