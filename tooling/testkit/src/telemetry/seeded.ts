import { entryOf, type ContractVersion, type Draft, type Entry } from "./entry.js";
import { nextFeatures } from "./features.js";
import { createModel, healthyModels, type ModelProfile, type ModelSource } from "./models.js";
import { createRandom, sixDecimals, type Random } from "./random.js";

export interface TelemetryOptions {
  /** Default 1. */
  readonly seed?: number;
  /** Version of the telemetry contract. Default 2. */
  readonly version?: ContractVersion;
  /** How many events to make. Default 300. */
  readonly count?: number;
  /** Time of the first event, in milliseconds since the epoch. Default 2026-01-05T09:00:00Z. */
  readonly startMs?: number;
  /** Milliseconds from one event to the next. Default 20,000. */
  readonly intervalMs?: number;
  /** Default: four healthy models. */
  readonly models?: readonly ModelProfile[];
  /**
   * How much of the models' views is shared, in [0, 1]. The default 0.55 keeps four healthy models within the
   * ensemble's limits: they neither echo nor contradict each other.
   */
  readonly agreement?: number;
  /** Called with every event before it becomes text, so that a test can change what it is about. */
  readonly mutate?: (draft: Draft, index: number) => void;
}

export interface SeededTelemetry {
  /** Mention it in a failing test's message. */
  readonly seed: number;
  readonly entries: Entry[];
}

const symbols = ["BTCUSDC", "ETHUSDC", "SOLUSDC", "XRPUSDC"];

/** Always the same telemetry for the same options: healthy unless `models` or `mutate` change that. */
export function seededTelemetry(options: TelemetryOptions = {}): SeededTelemetry {
  const { seed = 1, version = 2, count = 300, intervalMs = 20_000 } = options;
  const { startMs = Date.UTC(2026, 0, 5, 9, 0, 0), mutate } = options;
  const draftAt = telemetryDrafts(options);
  const entries = Array.from({ length: count }, (_, index) => {
    const draft = draftAt(startMs + index * intervalMs);
    mutate?.(draft, index);
    return entryOf(draft, version);
  });
  return { seed, entries };
}

/** Makes the same telemetry event by event, endlessly, each with the time at which it is requested. */
export function telemetryDrafts(
  options: Pick<TelemetryOptions, "seed" | "version" | "models" | "agreement">,
): (atMs: number) => Draft {
  const { seed = 1, version = 2, models = healthyModels, agreement = 0.55 } = options;
  const random = createRandom(seed);
  const engine = { build: random.hex(40), boot_id: uuid(random) };
  const sources = models.map((model) => createModel(model, agreement, random));
  let index = 0;
  return (atMs) => nextDraft({ random, sources, version, engine, index: index++, atMs });
}

interface Moment {
  readonly random: Random;
  readonly sources: readonly ModelSource[];
  readonly version: ContractVersion;
  readonly engine: Readonly<Record<string, string>>;
  readonly index: number;
  readonly atMs: number;
}

function nextDraft({ random, sources, version, engine, index, atMs }: Moment): Draft {
  const market = random.normal();
  const features = nextFeatures(version, random);
  const predictions = sources.map((source) => ({ source, ...source.next(market) }));
  const timestamp = new Date(atMs).toISOString();
  const side = largestVote(predictions.map(({ action }) => action));
  const voters = predictions.filter(({ action }) => action === side);
  const payload: Record<string, unknown> = {
    symbol: symbols[index % symbols.length],
    side,
    confidence: sixDecimals(voters.reduce((sum, { confidence }) => sum + confidence, 0) / Math.max(voters.length, 1)),
    timestamp,
    model: "ensemble",
    consensus_count: voters.length,
    total_models: sources.length,
  };
  if (version === 2) {
    const weights = Object.fromEntries(sources.map(({ name }) => [name, sixDecimals(1 / sources.length)]));
    Object.assign(payload, { decision_id: uuid(random), ...engine, weights, canary: null, features_at: timestamp });
  }
  const modelBreakdown = Object.fromEntries(
    predictions.map(({ source, action, confidence, latencyMs }) => [
      source.name,
      version === 1
        ? { action, confidence, model: source.name }
        : {
            action,
            confidence,
            status: "active",
            latency_ms: latencyMs,
            artifact_sha256: source.artifactSha256,
            feature_dim: Object.keys(features).length,
          },
    ]),
  );
  return {
    id: `${atMs}-0`,
    payload,
    modelBreakdown,
    features,
    fields: { source: "ai-engine", timestamp, trace_id: "" },
  };
}

/** The label that most models voted for; on a tie, the one that was named first. */
function largestVote(actions: readonly string[]): string {
  const votes = new Map<string, number>();
  for (const action of actions) votes.set(action, (votes.get(action) ?? 0) + 1);
  return [...votes].sort(([, a], [, b]) => b - a)[0]?.[0] ?? "";
}

function uuid(random: Random): string {
  return `${random.hex(8)}-${random.hex(4)}-4${random.hex(3)}-8${random.hex(3)}-${random.hex(12)}`;
}
