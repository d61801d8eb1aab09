import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

const HOUR_MS = 3_600_000;
const NO_HASH = "0".repeat(64);

/** What the files of a canary say. */
export interface CanaryFiles {
  readonly unit: string;
  /** Of the contract: this package stands below it. */
  readonly digestOf: (value: object) => string;
  /** Now, in milliseconds since 1970. */
  readonly nowMs: number;
  /** The models; the last one is the canary. */
  readonly models: readonly string[];
  /** `canary` while it is watched, `rolling_back` at a violation, `baseline` when there is none. */
  readonly phase: "canary" | "rolling_back" | "baseline";
  /** The number of canaries that were rolled back before, each with a report. */
  readonly past: number;
  /** Why the last of them was. */
  readonly reason?: string;
  /** How long ago the canary was judged, in milliseconds. */
  readonly judgedAgoMs?: number;
  /** The margin of the canary's model at the end. */
  readonly margin?: number;
}

/**
 * Writes state, audit log and reports as a watch of two of six hours leaves them: a directory that can be shown without
 * a canary. The state replaces an earlier one whole, as commands write it.
 */
export async function writeCanaryFiles(workdir: string, files: CanaryFiles): Promise<void> {
  for (const name of ["data", "logs", join("reports", "safety")]) await mkdir(join(workdir, name), { recursive: true });
  const entries = entriesOf(files);
  await writeFile(
    join(workdir, "logs", "qsc_canary.jsonl"),
    entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""),
  );
  for (let index = 0; index < files.past; index += 1) {
    const stamp = iso(pastMs(files, index) + 10_000)
      .slice(0, 19)
      .replaceAll(/[-:]/g, "")
      .replace("T", "_");
    // A directory: a list of reports is made without reading any.
    await mkdir(join(workdir, "reports", "safety", `qsc_monitor_final_${stamp}.html`), { recursive: true });
  }
  await writeCanaryState(workdir, files, entries.at(-1));
}

/** Writes the state alone, whole at once. @param last the newest entry of the log */
async function writeCanaryState(workdir: string, files: CanaryFiles, last: Entry | undefined): Promise<void> {
  const path = join(workdir, "data", "qsc_canary_state.json");
  const audit = last === undefined ? null : { number: last["number"], hash: last["hash"] };
  const head = { version: 1, unit: files.unit, operation: "o", updatedAt: iso(files.nowMs), audit };
  await writeFile(`${path}.new`, JSON.stringify({ ...head, ...phaseOf(files) }, null, 2));
  await rename(`${path}.new`, path);
}

type Entry = Readonly<Record<string, unknown>>;

function phaseOf(files: CanaryFiles): object {
  const { phase, reason = "dead_zone: share of HOLD is 91 %; at most 85 % is allowed" } = files;
  if (phase === "baseline") return { phase, canary: null, watch: null };
  const [canary, watch] = [canaryOf(files), watchOf(files)];
  if (phase === "rolling_back") return { phase, canary, watch, reason, cleanSince: null };
  return { phase, canary, watch, evidence: null };
}

function canaryOf({ models }: CanaryFiles): object {
  const share = 0.9 / Math.max(1, models.length - 1);
  const canary = models.at(-1) ?? "";
  const weights = Object.fromEntries(models.map((model) => [model, model === canary ? 0.1 : share]));
  const equal = Object.fromEntries(models.map((model) => [model, 1 / models.length]));
  const baselines = models.map((model) => [model, { predictions: 300, nonPredictions: 0, latencyP95Ms: 9 }] as const);
  return {
    model: canary,
    share: 0.1,
    weights,
    baseline: equal,
    models: Object.fromEntries(baselines),
    formerBoot: "b",
    policyHash: NO_HASH,
  };
}

function watchOf({ nowMs, models, judgedAgoMs = 1000, margin = 0.2 }: CanaryFiles): object {
  const canary = models.at(-1) ?? "";
  const startedMs = nowMs - 2 * HOUR_MS;
  const moments = Array.from({ length: 34 }, (_, index) => {
    const part = index / 33;
    const of = (model: string, at: number): number =>
      0.55 + 0.25 * Math.sin(index / 3 + at) * (model === canary ? 1 - part : 1);
    return {
      at: iso(startedMs + part * 2 * HOUR_MS),
      watchedMs: part * 2 * HOUR_MS,
      margins: models.map((model, at) => ({
        model,
        check: "action_collapse",
        margin: model === canary ? of(model, at) * (1 - part) + margin * part : of(model, at),
      })),
      evidence: models.map((model) => ({
        model,
        check: "dead_zone",
        part: model === canary ? 0.1 + 0.5 * part : 0.05,
      })),
    };
  });
  const at = iso(nowMs - judgedAgoMs);
  const checks = ["action_collapse", "dead_zone", "narrow_range"];
  return {
    cutover: iso(startedMs),
    startedAt: iso(startedMs),
    cursor: `${nowMs}-0`,
    watchedMs: 2 * HOUR_MS,
    durationMs: 6 * HOUR_MS,
    judgements: 7200,
    events: 7212,
    lastJudgedAt: at,
    worst: checks
      .flatMap((check, index) =>
        models.map((model) => ({
          model,
          check,
          value: 0.5,
          limit: 0.7,
          margin: (model === canary ? margin : 0.4) + index / 10,
          at,
        })),
      )
      .sort((one, other) => one.margin - other.margin),
    history: moments,
  };
}

function entriesOf(files: CanaryFiles): readonly Entry[] {
  const { phase, past, models, reason = "dead_zone: share of HOLD is 91 %; at most 85 % is allowed" } = files;
  const model = models.at(-1) ?? "";
  const told = Array.from({ length: past }, (_, index) => [
    { event: "activate", atMs: pastMs(files, index), details: { model, share: 0.1 } },
    {
      event: "rollback",
      atMs: pastMs(files, index) + 9000,
      details: { reason: index === past - 1 ? reason : "an operator", tookMs: 8200 },
    },
  ]).flat();
  const now = { event: "activate", atMs: files.nowMs - 2 * HOUR_MS, details: { model, share: 0.1 } };
  const entries: Entry[] = [];
  for (const { event, atMs, details } of phase === "baseline" ? told : [...told, now]) {
    const last = entries.at(-1);
    const head = {
      version: 1,
      number: entries.length + 1,
      at: iso(atMs),
      event,
      unit: files.unit,
      operation: "o",
      host: "engine-1",
      user: "ops",
      details,
      torn: null,
      previous: last?.["hash"] ?? NO_HASH,
    };
    entries.push({ ...head, hash: files.digestOf(head) });
  }
  return entries;
}

/** When a past canary was activated: one each hour, the last one five hours ago. */
function pastMs({ nowMs, past }: CanaryFiles, index: number): number {
  return Math.floor(nowMs / 1000) * 1000 - (past - index + 4) * HOUR_MS;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
