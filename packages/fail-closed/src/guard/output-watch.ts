import { DegeneracyDetector, say, type DegeneracyOptions } from "@qsc/violations";
import { ModelError } from "../errors.js";
import { named } from "../words.js";
import { OfOneSymbol } from "./of-one-symbol.js";
import { DEFAULT_MAX_SYMBOLS, type DegeneracyGuard } from "./options.js";

/**
 * Watches the answers of one artefact across all its sessions: a reload of the same files is the same model, so its
 * last answers still count. Checks all answers and, if configured, those of each symbol.
 */
export class OutputWatch {
  readonly #options: DegeneracyOptions;
  readonly #maxSymbols: number;
  readonly #overall: DegeneracyDetector;
  /** Least recently seen symbol first; null if symbols are not watched separately. */
  readonly #symbols: Map<string, DegeneracyDetector> | null;

  constructor({ per = "model", ...options }: DegeneracyGuard = {}, maxSymbols: number = DEFAULT_MAX_SYMBOLS) {
    this.#options = options;
    this.#maxSymbols = maxSymbols;
    this.#overall = new DegeneracyDetector(options);
    this.#symbols = per === "symbol" ? new Map() : null;
  }

  /** Why the model as a whole cannot serve now; null if it can. */
  get fault(): ModelError | null {
    if (this.#overall.state !== "degenerate") return null;
    return new ModelError("degenerate_output", problemOf(this.#overall, ""));
  }

  /**
   * Counts one valid answer. Answers of a degenerate model count too, otherwise it could never recover.
   * @throws ModelError `degenerate_output`
   */
  observe(label: string, confidence: number, symbol: string): void {
    this.#overall.observe(label, confidence);
    const own = this.#detectorOf(symbol);
    const isFrozen = own?.observe(label, confidence) === "degenerate";
    const { fault } = this;
    if (fault !== null) throw fault;
    if (own !== null && isFrozen) throw new OfOneSymbol("degenerate_output", problemOf(own, ` for ${named(symbol)}`));
  }

  /** The detector of a symbol, which becomes the most recently seen. */
  #detectorOf(symbol: string): DegeneracyDetector | null {
    const symbols = this.#symbols;
    if (symbols === null) return null;
    const detector = symbols.get(symbol) ?? new DegeneracyDetector(this.#options);
    symbols.delete(symbol);
    symbols.set(symbol, detector);
    const [oldest] = symbols.keys();
    if (symbols.size > this.#maxSymbols && oldest !== undefined) symbols.delete(oldest);
    return detector;
  }
}

function problemOf({ recent }: DegeneracyDetector, whose: string): string {
  if (recent === null) return `Degenerate output detected${whose}`;
  const { share, label, std, n } = recent;
  const evidence = `${say(share, "percent")} ${named(label)}, standard deviation of confidence ${say(std, "number")}`;
  return `Degenerate output detected${whose}: ${evidence}, in the last ${n} predictions`;
}
