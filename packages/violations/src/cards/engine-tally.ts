import { canonicalJson, type Intent } from "@qsc/contract";
import { Faults } from "./faults.js";

/** What the judged events say of the processes that wrote them. */
export class EngineTally {
  readonly builds: Faults = new Faults();
  readonly boots: Faults = new Faults();
  /** Weights, and the canary beside them, as canonical JSON. */
  readonly weights: Faults = new Faults();
  /** Events by contract version. */
  readonly contracts: Faults = new Faults();
  /** Models that the engine gives a weight. */
  readonly weighted: Set<string> = new Set();

  add(intent: Intent): void {
    this.contracts.add(String(intent.contract), intent.id);
    if (intent.engine === null) return;
    this.builds.add(intent.engine.build, intent.id);
    this.boots.add(intent.engine.bootId, intent.id);
    const { weights, canary } = intent.engine;
    this.weights.add(canonicalJson({ weights: Object.fromEntries(weights), canary }), intent.id);
    for (const model of intent.engine.weights.keys()) this.weighted.add(model);
  }

  merge(other: EngineTally): void {
    this.builds.merge(other.builds);
    this.boots.merge(other.boots);
    this.weights.merge(other.weights);
    this.contracts.merge(other.contracts);
    for (const model of other.weighted) this.weighted.add(model);
  }

  /** Whether every judged event promises what contract version 2 promises. */
  get allVersion2(): boolean {
    const versions = this.contracts.list();
    return versions.length === 1 && versions[0]?.what === "2";
  }
}
