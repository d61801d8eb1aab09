import { rules, type ModelBaseline, type PowerRow, type WatchPower } from "@qsc/contract";
import { powerOfSymbols } from "../segments/symbol-power.js";
import { powerOf, type Power } from "./power.js";
import { sequentialOptionsRule, type SequentialOptions } from "./sequential-monitor.js";

/** How long a canary is watched unless the operator says otherwise. */
export const USUAL_WATCH_MS: number = 6 * 3600_000;

const powerRule = rules.shaped({
  durationMs: rules.atLeastZero,
  rows: rules.listOf(rules.shaped({ limit: rules.anyText, late: rules.nullable(rules.count), inTime: rules.flag })),
});

/** A fault must be found within this part of a watch, as it may begin in the other. */
const IN_TIME = 0.5;

const MINUTE_MS = 60_000;

/**
 * What a watch with these options could see of its models, at the rate of their baselines.
 * @param models those to answer for. Default: all
 * @throws QscError `invalid_option`
 */
export function powerOfWatch(
  options: SequentialOptions,
  durationMs: number,
  models: readonly string[] = options.models,
): readonly WatchPower[] {
  sequentialOptionsRule(options, "options");
  rules.atLeastZero(durationMs, "durationMs");
  rules.listOf(rules.someText)(models, "models");
  return [...new Set(models)].map((model) => {
    const rate = rateOf(options.baselines?.get(model));
    const most = rate === null ? undefined : Math.ceil(durationMs / rate.intervalMs) + 1;
    return {
      model,
      durationMs,
      rows: powerOf(options, [model], most).map((row) => atRate(row, rate, durationMs)),
      symbols: ofSymbols(options, model, rate, durationMs),
    };
  });
}

/**
 * The limits, as `<check>.<measure>`, whose gross faults are found in time, even if they begin late.
 * @param intervalMs the average time from one observation to the next in the watch so far, in milliseconds: a stream
 *   that has become slower than its baseline shows less. Default: the baseline's
 * @throws QscError `invalid_option`
 */
export function seenInTime(power: WatchPower, intervalMs = 0): ReadonlySet<string> {
  powerRule(power, "power");
  rules.atLeastZero(intervalMs, "intervalMs");
  const { rows, durationMs } = power;
  const isFast = ({ late }: PowerRow): boolean => late !== null && late * intervalMs <= IN_TIME * durationMs;
  return new Set(rows.filter((row) => row.inTime && isFast(row)).map(({ limit }) => limit));
}

/** How often there is an observation, and of how many decisions. */
interface Rate {
  readonly intervalMs: number;
  readonly decisions: number;
}

function ofSymbols(
  options: SequentialOptions,
  model: string,
  rate: Rate | null,
  durationMs: number,
): NonNullable<WatchPower["symbols"]> {
  const known = symbolsOf(options.baselines?.get(model));
  const paceMs = rate === null || known === null ? null : (rate.intervalMs / rate.decisions) * known;
  const most = paceMs === null ? undefined : Math.ceil(durationMs / paceMs);
  const rows = powerOfSymbols(options, model, known ?? undefined, most);
  return {
    decides: options.policy.segments !== undefined,
    known,
    rows: rows.map((row) => ({
      ...row,
      minutes: row.decisions === null || paceMs === null ? null : (row.decisions * paceMs) / MINUTE_MS,
    })),
  };
}

/** Null if that was not measured, or if the decisions name none. */
function symbolsOf(baseline: ModelBaseline | undefined): number | null {
  const measured = baseline?.dependence;
  if (measured === undefined || measured === "independent") return null;
  return measured.symbols === undefined || measured.symbols === 0 ? null : measured.symbols;
}

function atRate({ check, limit, fault, observations, late }: Power, rate: Rate | null, durationMs: number): PowerRow {
  return {
    check,
    limit,
    fault,
    observations,
    late,
    decisions: observations === null || rate === null ? null : Math.ceil(observations * rate.decisions),
    minutes: observations === null || rate === null ? null : (observations * rate.intervalMs) / MINUTE_MS,
    inTime: late !== null && rate !== null && late * rate.intervalMs <= IN_TIME * durationMs,
  };
}

/** From one burst to the next, on average; null if that is unknown. */
function rateOf(baseline: ModelBaseline | undefined): Rate | null {
  const measured = baseline?.dependence;
  if (measured === undefined || measured === "independent") return null;
  const { decisions, observations, spanMs } = measured;
  if (observations < 2 || spanMs <= 0) return null;
  return { intervalMs: spanMs / (observations - 1), decisions: decisions / observations };
}
