import {
  describeDuration,
  idTime,
  type CanaryState,
  type Intent,
  type ModelReading,
  type WatchProgress,
} from "@qsc/contract";
import { drawnWatch, type DrawnFigure } from "@qsc/report/live";
import type { Observation, TelemetrySight } from "@qsc/rollout";
import type { Sight } from "../feed/feed.js";
import { headlineOf } from "./headline.js";
import type { ConsoleView, ViewFact, ViewModel } from "./types.js";

/** At most this many models are shown; the rest is said. */
const MOST_MODELS = 64;

/** Makes views; what has not changed since the last one is not made again. */
export class ViewMaker {
  #figures: { readonly watch: WatchProgress | null; readonly drawn: readonly DrawnFigure[] } = {
    watch: null,
    drawn: [],
  };

  /** What the page shows of what is known now. */
  make(
    { observation, telemetry }: Sight,
    nowMs: number,
    versions: Pick<ConsoleView, "past" | "segments">,
  ): ConsoleView {
    const state = observation.state.kind === "state" ? observation.state.state : null;
    const watch = state?.watch ?? null;
    return {
      headline: headlineOf(observation, telemetry, nowMs),
      notices: noticesOf(observation, telemetry),
      progress:
        watch === null ? null : { watchedMs: watch.watchedMs, durationMs: watch.durationMs, text: progressText(watch) },
      facts: factsOf(observation.state, telemetry, nowMs),
      figures: this.#figuresOf(watch, state?.phase === "rolling_back"),
      models: modelsOf(state, telemetry.newest),
      ...versions,
    };
  }

  #figuresOf(watch: WatchProgress | null, violated: boolean): readonly DrawnFigure[] {
    if (this.#figures.watch !== watch) this.#figures = { watch, drawn: drawnWatch(watch, { violated, evidence: [] }) };
    return this.#figures.drawn;
  }
}

function progressText({ watchedMs, durationMs }: WatchProgress): string {
  const left = durationMs - watchedMs;
  const done = `${describeDuration(watchedMs)} of ${describeDuration(durationMs)}`;
  return left > 0 ? `${done}; ${describeDuration(left)} to go` : `${done}; all of it`;
}

function noticesOf({ state, audit }: Observation, { outage, hasRead }: TelemetrySight): ConsoleView["notices"] {
  return [
    ...(state.kind === "broken" ? [{ tone: "bad" as const, text: state.detail }] : []),
    ...(outage === null ? [] : [{ tone: "bad" as const, text: `The telemetry cannot be read: ${outage}` }]),
    ...(outage === null && !hasRead
      ? [{ tone: "unknown" as const, text: "The telemetry has not been read yet." }]
      : []),
    ...(audit.problem === null
      ? []
      : [{ tone: "bad" as const, text: `The audit log is not reliable: ${audit.problem}` }]),
  ];
}

function factsOf(read: Observation["state"], telemetry: TelemetrySight, nowMs: number): readonly ViewFact[] {
  const ago = (name: string, atMs: number | null, otherwise: string): ViewFact => {
    return atMs === null || Number.isNaN(atMs) ? { name, text: otherwise } : { name, text: "", agoMs: nowMs - atMs };
  };
  const { watch = null, canary = null } = read.kind === "state" ? read.state : {};
  const [nearest] = watch?.worst ?? [];
  const evidence = strongestOf(watch);
  return [
    { name: "phase", text: phaseText(read) },
    ...(canary === null
      ? []
      : [{ name: "canary", text: `${canary.model}, ${Math.round(canary.share * 100)} % of the vote` }]),
    ...(watch === null
      ? []
      : [
          ago("last judgement", watch.lastJudgedAt === null ? null : Date.parse(watch.lastJudgedAt), "none yet"),
          { name: "judged", text: `${watch.judgements} judgements, ${watch.events} decisions` },
          {
            name: "nearest to its limit",
            text:
              nearest === undefined
                ? "no check has enough decisions yet"
                : `${nearest.model ?? "telemetry"} ${nearest.check}, ${Math.round(nearest.margin * 100)} % from it`,
          },
          { name: "strongest evidence", text: evidence },
        ]),
    telemetry.outageSinceMs === null
      ? ago("newest decision", telemetry.newest === null ? null : idTime(telemetry.newest.id), "none seen yet")
      : ago("telemetry unreadable since", telemetry.outageSinceMs, "unknown"),
  ];
}

function phaseText(read: Observation["state"]): string {
  if (read.kind === "state") return read.state.phase.replace("_", " ");
  return read.kind === "absent" ? "there is no state file" : "unknown";
}

function strongestOf(watch: WatchProgress | null): string {
  const [strongest] = (watch?.history?.at(-1)?.evidence ?? []).toSorted((a, b) => b.part - a.part);
  if (strongest === undefined) return "none yet";
  return `${strongest.model} ${strongest.check}, ${Math.round(strongest.part * 100)} % of what is conclusive`;
}

function modelsOf(state: CanaryState | null, newest: Intent | null): readonly ViewModel[] {
  const served = newest?.engine?.weights ?? null;
  const canary = state?.canary ?? null;
  const wanted =
    state === null || canary === null ? null : state.phase === "rolling_back" ? canary.baseline : canary.weights;
  const readings = new Map((newest?.models ?? []).map((reading) => [reading.model, reading]));
  const names = [...new Set([...(served?.keys() ?? []), ...Object.keys(wanted ?? {}), ...readings.keys()])];
  const shown = names.slice(0, MOST_MODELS).map((model): ViewModel => {
    const reading = readings.get(model);
    return {
      model,
      role: model === canary?.model ? "canary" : wanted !== null && Object.hasOwn(wanted, model) ? "baseline" : "",
      weight: weightText(served?.get(model), wanted?.[model]),
      answer: answerText(reading),
      tone: reading !== undefined && reading.nonPrediction === null ? "plain" : "bad",
    };
  });
  const left = names.length - shown.length;
  return left === 0 ? shown : [...shown, { model: `${left} more`, role: "", weight: "", answer: "", tone: "bad" }];
}

function weightText(served: number | undefined, wanted: number | undefined): string {
  const percent = (share: number): string => `${Math.round(share * 1000) / 10} %`;
  if (served === undefined) return wanted === undefined ? "not reported" : `not reported; ${percent(wanted)} expected`;
  if (wanted === undefined || Math.abs(served - wanted) <= 1e-6) return percent(served);
  return `${percent(served)}; ${percent(wanted)} expected`;
}

function answerText(reading: ModelReading | undefined): string {
  if (reading === undefined) return "absent";
  if (reading.nonPrediction !== null) return reading.nonPrediction;
  const { action, confidence } = reading;
  const said = typeof confidence === "number" ? confidence.toFixed(2) : confidence.invalid;
  return `${action ?? "no label"} ${said}`;
}
