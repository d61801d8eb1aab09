import { compareIds, firstIdAt, nextId, type EntryId, type WeightsByModel } from "@qsc/contract";
import type { RawEntry } from "@qsc/stream-reader";

const MODELS = ["xgb", "lightgbm", "patchtst"] as const;
export const BASELINE: WeightsByModel = { xgb: 0.5, lightgbm: 0.3, patchtst: 0.2 };
/** The model that becomes the canary. */
export const MODEL = "patchtst";

/** How an engine may be broken. */
export type EngineFault =
  | "ignores its environment"
  | "publishes nothing"
  | "answers with no label"
  | "buys alone"
  | "is frozen within its candle";

/** One process of the engine: it serves until its end what it read when it started. */
export interface Engine {
  readonly boot: string;
  readonly pid: number;
  /** By the wall clock, in milliseconds since 1970. */
  readonly startedMs: number;
  readonly environment: ReadonlyMap<string, string>;
  readonly weights: WeightsByModel;
  readonly canary: { readonly model: string; readonly weight: number } | null;
}

/** A process with this environment. */
export function startedEngine(
  number: number,
  startedMs: number,
  environment: ReadonlyMap<string, string>,
  faults: ReadonlySet<EngineFault>,
): Engine {
  const read = faults.has("ignores its environment") ? new Map<string, string>() : environment;
  const model = read.get("QSC_CANARY_MODEL");
  return {
    boot: `boot-${number}`,
    pid: 1000 + number,
    startedMs,
    environment,
    weights: JSON.parse(read.get("QSC_CANARY_WEIGHTS") ?? JSON.stringify(BASELINE)) as WeightsByModel,
    canary: model === undefined ? null : { model, weight: Number(read.get("QSC_CANARY_WEIGHT")) },
  };
}

const ACTIONS = ["BUY", "HOLD", "SELL"] as const;

/** The nth healthy decision of the engine: any six in a row pass every check. */
export function decision(
  { boot, weights, canary }: Pick<Engine, "boot" | "weights" | "canary">,
  number: number,
  atMs: number,
  label?: string,
  newest: EntryId | null = null,
): RawEntry {
  const breakdown = Object.fromEntries(
    MODELS.map((model, place) => [
      model,
      {
        // The models mostly agree, with a different answer now and then.
        action: label ?? ACTIONS[(number + (number % 4 === place ? 1 : 0)) % 3],
        confidence: 0.4 + 0.05 * ((number * (5 + 2 * place)) % 12),
        status: "active",
        latency_ms: 5 + (number % 4),
        artifact_sha256: "a".repeat(64),
        feature_dim: 1,
      },
    ]),
  );
  const payload = {
    symbol: "BTCUSDC",
    side: "BUY",
    confidence: 0.5,
    timestamp: new Date(atMs).toISOString(),
    decision_id: `decision-${number}`,
    build: "build",
    boot_id: boot,
    weights,
    canary,
    features_at: new Date(atMs).toISOString(),
  };
  const fields = {
    event_type: "trade.intent",
    contract: "2",
    payload: JSON.stringify(payload),
    model_breakdown: JSON.stringify(breakdown),
    features: '{"atr":1}',
  };
  const id = idAfter(newest, atMs);
  return { kind: "entry", id, place: id, fields: Object.entries(fields).flat() };
}

/** As Redis assigns them: the time, but never below the newest. */
function idAfter(newest: EntryId | null, atMs: number): EntryId {
  const id = firstIdAt(atMs);
  return newest === null || compareIds(id, newest) > 0 ? id : nextId(newest);
}
