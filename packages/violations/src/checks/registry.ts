import type { ModelCheck, Scope, SharedCheck, WatchRole } from "./definition.js";
import { ENSEMBLE_ROWS } from "./ensemble/rows.js";
import { FEATURE_ROWS } from "./features/rows.js";
import type { CauseName } from "./model/causes.js";
import { CHECKS, type Check, type Condition, type EightKey } from "./model/eight.js";
import { MODEL_ROWS } from "./model/rows.js";
import { PREDICTION_ROWS } from "./predictions/rows.js";
import { TELEMETRY_ROWS } from "./telemetry/rows.js";

/** A check, its scope, and the content of its row. An ID may be used in more than one scope. */
export interface Registered extends Partial<Omit<ModelCheck<CauseName> & SharedCheck, "id" | "watch">> {
  readonly scope: Scope;
  readonly id: CheckId;
  readonly watch: WatchRole;
}

type ModelRow = (typeof MODEL_ROWS)[number];
type TelemetryRow = (typeof TELEMETRY_ROWS)[number];
type FeatureRow = (typeof FEATURE_ROWS)[number];
type EnsembleRow = (typeof ENSEMBLE_ROWS)[number];
type FurtherRow = ModelRow | TelemetryRow | FeatureRow | EnsembleRow;

/** The checks of each scope, besides the eight. */
export type ModelCheckId = ModelRow["id"];
export type TelemetryCheckId = TelemetryRow["id"];
export type FeatureCheckId = Exclude<FeatureRow, { readonly warns: true }>["id"];
export type EnsembleCheckId = EnsembleRow["id"];

/** Every check besides the eight. */
export type FurtherId = FurtherRow["id"];

/** Every check. A policy's own checks have other names. */
export type CheckId = Check["id"] | FurtherId;

/** Every limit: `<check>.<measure>`. */
export type LimitKey = EightKey | FurtherKey<FurtherRow>;
type FurtherKey<Row extends FurtherRow> = Row extends FurtherRow ? KeyOf<Row["id"], Row["limits"][number]> : never;
type KeyOf<Id extends string, Limit> = Limit extends { readonly measure: infer Measure extends string }
  ? `${Id}.${Measure}`
  : never;

/** A check that is violated when any of its measures is beyond its limit: one of the eight, or one like them. */
export interface Comparing {
  readonly id: Check["id"] | ModelCheckId;
  readonly anyOf: readonly Pick<Condition, "measure" | "violatedWhen" | "needs">[];
}

/** Every check with everything that is known about it, by scope. */
export const REGISTRY: readonly Registered[] = [
  // The eight are statistics: a few decisions prove too little.
  ...CHECKS.map((row) => ({ ...row, scope: "model" as const, watch: "with enough decisions" as const })),
  ...scoped("model", MODEL_ROWS),
  ...scoped("telemetry", TELEMETRY_ROWS),
  ...scoped("ensemble", ENSEMBLE_ROWS),
  ...scoped("features", FEATURE_ROWS),
];

/** The IDs of all checks, those of predictions alone included. A policy's own checks may not use them. */
export const CHECK_IDS: ReadonlySet<string> = new Set([...REGISTRY, ...PREDICTION_ROWS].map(({ id }) => id));

/** The check with this ID in this scope; undefined for one of the policy's own. */
export function registered(scope: Scope, id: string): Registered | undefined {
  return BY_SCOPE[scope].get(id);
}

/** The key of a limit of a check that compares measures. */
export function limitKey({ id }: Pick<Comparing, "id">, { measure }: Comparing["anyOf"][number]): LimitKey {
  // The condition is in the row of its check, so their names form an existing key.
  return `${id}.${measure}` as LimitKey;
}

const BY_SCOPE: Readonly<Record<Scope, ReadonlyMap<string, Registered>>> = {
  model: byId("model"),
  telemetry: byId("telemetry"),
  features: byId("features"),
  ensemble: byId("ensemble"),
};

function byId(scope: Scope): ReadonlyMap<string, Registered> {
  return new Map(REGISTRY.filter((row) => row.scope === scope).map((row) => [row.id, row]));
}

function scoped<Row extends object>(scope: Scope, rows: readonly Row[]): readonly (Row & { readonly scope: Scope })[] {
  return rows.map((row) => ({ scope, ...row }));
}
