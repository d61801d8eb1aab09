import { asQscError, EXIT, idTime, iso, QscError, sealed, type ActivateDocument, type Canary, type EngineIdentity, type ErrorCode, type GateDocument, type GateMode, type OperationStep, type ServedIdentity, type WeightsByModel } from "@qsc/contract";
import { cutoverOf, renderEnvironment } from "@qsc/systemd";
import { headOf, reasonOf, rollbackCommand, type Reason } from "./canary/document.js";
import { CANARY_DROP_IN, canaryEnvironment } from "./canary/drop-in.js";
import { newestDecision } from "./canary/engine-now.js";
import { requireFallback } from "./canary/fallback.js";
import { unlessInterrupted } from "./canary/interrupted.js";
import { guardName } from "./canary/lease.js";
import { MOMENT_MS } from "./canary/lock.js";
import { saveWeights } from "./canary/saved-baseline.js";
import { readState } from "./canary/state-file.js";
import { Steps } from "./canary/steps.js";
import { requireStoppable } from "./canary/stop-bound.js";
import { isUntouched, NOBODY_WATCHES, switchTo } from "./canary/switch-to.js";
import { takeBack } from "./canary/take-back.js";
import { noteUndo } from "./canary/undo.js";
import { canaryVariables, describeVariables } from "./canary/unit-environment.js";
import { canaryWeights, describeWeights } from "./canary/weights.js";
import type { CanaryWorld } from "./canary/world.js";
import { qualityGate } from "./quality-gate.js";
import { activateRequest } from "./requests.js";
import { requireWindow, WATCH_WINDOW } from "./watch/window-size.js";

export interface ActivateRequest {
  readonly model: string;
  /** Start of the unit's process, in milliseconds since 1970: nothing that it did is left out. Up to a second early where it was rounded down. */
  readonly cutoverMs: number;
  /** Says what would be done, and changes nothing. */
  readonly dryRun: boolean;
  /** How long the canary is to be watched, in milliseconds. */
  readonly durationMs: number;
  /** The unit that watches, which is started at the end; null: the operator starts the watch. */
  readonly watchUnit: string | null;
  /** The newest entries that the watch will judge: the unit's own, or what monitor is called with. Missing: 2000. */
  readonly window?: number;
  /** Longest time for the first decision of the new process, in milliseconds. */
  readonly proofMs: number;
  /** Ends the activation; what was done is undone. */
  readonly signal: AbortSignal;
  readonly onStep?: (step: OperationStep) => void;
}

/** A cutover that was written without fractions of a second is less than this early, in milliseconds. */
const ROUNDING_MS = 1000;

/** What is found before anything is changed. */
interface Found {
  readonly gate: GateDocument;
  readonly canary: Canary;
}

/**
 * Gives a model 10 % of the vote. The gate is run here, in canary mode, on fresh telemetry: no report stands in for
 * it. The baseline is what the engine really reports. Any step that fails undoes the earlier ones.
 * @throws QscError where another command acts, the source cannot be read, or the model is unknown
 */
export async function activate(world: CanaryWorld, request: ActivateRequest): Promise<ActivateDocument> {
  activateRequest(request, "request");
  const steps = new Steps(request.onStep);
  // What changes nothing leaves no lock behind, and needs no right to take one.
  const release = request.dryRun ? (): Promise<void> => Promise.resolve() : await world.lock.acquire(MOMENT_MS);
  try {
    let found: Found | null = null;
    try {
      found = await unlessInterrupted(examine(world, request, steps), request.signal);
      if (!request.dryRun) await saveBaseline(world, found.canary, steps);
    } catch (thrown) {
      return documentOf(world, request, steps, { canary: found?.canary ?? null, ...refusalOf(thrown) });
    }
    return request.dryRun ? planned(world, request, steps, found) : await perform(world, request, steps, found);
  } finally {
    await release();
  }
}

/** A gate that did not pass: it goes into the document, which is the refusal. */
class GateRefused extends Error {
  readonly gate: GateDocument;
  readonly isCollection: boolean;

  constructor(gate: GateDocument, isCollection: boolean) {
    super("the gate did not pass");
    this.gate = gate;
    this.isCollection = isCollection;
  }
}

const COLLECTION_ONLY: Reason = {
  code: "collection_only",
  text: "the evidence is a collection's: it permits nothing, and a canary needs more",
};

function refusalOf(thrown: unknown): Pick<Outcome, "gate" | "reasons" | "isCollection"> {
  if (thrown instanceof GateRefused) {
    const { gate, isCollection } = thrown;
    const collection = isCollection ? [COLLECTION_ONLY] : [];
    const against = gate.reasons.map((text): Reason => ({ code: "gate_not_passed", text }));
    return { gate, reasons: [...collection, ...against], isCollection };
  }
  const error = asQscError(thrown);
  if (error.code === "internal") throw error;
  return { gate: null, reasons: [reasonOf(error)] };
}

async function examine(world: CanaryWorld, { model, cutoverMs, window = WATCH_WINDOW }: ActivateRequest, steps: Steps): Promise<Found> {
  await steps.take("baseline", () => requireBaseline(world));
  await steps.take("cutover", async () => requireStart(world, cutoverMs));
  await using source = await world.openSource();
  const gate = await steps.find("gate", async () => {
    const judged = (mode: GateMode): Promise<GateDocument> => qualityGate(source, { mode, model, afterMs: cutoverMs, count: null, asOf: null }, world.setting);
    const gate = await judged("canary");
    if (gate.exitCode !== EXIT.proven) throw new GateRefused(gate, (await judged("collection")).exitCode === EXIT.collected);
    if (gate.asOfFrom !== "clock") throw new QscError("telemetry_recorded", "The telemetry is a recording: a model is activated on live telemetry alone.");
    return { said: `${model} passes over ${gate.counts.judged} events, digest ${gate.digest.slice(0, 12)}`, found: gate };
  });
  const canary = await steps.find("weights", async () => {
    const newest = await newestDecision(source, world.setting.policy);
    const engine = newest?.engine ?? null;
    if (newest === null || engine === null) throw new QscError("weights_not_reported", "The telemetry does not say what weights the engine serves (contract version 1), so nothing could prove a canary; let the engine publish version 2.");
    if (engine.canary !== null) throw new QscError("canary_served", `The engine already serves ${engine.canary.model} as a canary, at ${iso(idTime(newest.id))}; take it back with ${rollbackCommand(world)}.`);
    const baseline = Object.fromEntries(engine.weights);
    const weights = canaryWeights(baseline, model, 0.1);
    const served = servedOf(gate, engine);
    const canary: Canary = { model, share: 0.1, weights, baseline, models: baselinesOf(gate), formerBoot: engine.bootId, policyHash: gate.policyHash, served };
    return { said: `${describeWeights(baseline)} -> ${describeWeights(weights)}`, found: canary };
  });
  const { policy, policySource } = world.setting;
  await steps.take("window", () => Promise.resolve(requireWindow(window, policy, policySource)));
  return { gate, canary };
}

/**
 * A later cutover would hide what the process did first, and an earlier one judges another process. A time without
 * fractions of a second is one that was rounded down.
 * @throws QscError `cutover_not_start` unless the cutover is the start of the unit's process
 */
async function requireStart({ services, unit }: CanaryWorld, cutoverMs: number): Promise<string> {
  const started = cutoverOf(await services.state(unit));
  const earlyMs = Date.parse(started) - cutoverMs;
  if (!(earlyMs >= 0 && earlyMs < ROUNDING_MS)) {
    throw new QscError("cutover_not_start", `The cutover ${iso(cutoverMs)} is not the start of the process: ${unit} started at ${started}. All that it did since then is judged: pass --cutover ${started}.`);
  }
  return `${unit} started at ${started}`;
}

/** What the gate judged. @throws QscError `build_not_judged`, `artifacts_mixed` where that is not one build, one file for each model, or not what serves */
function servedOf({ builds, models }: GateDocument, engine: EngineIdentity): ServedIdentity {
  const [build, ...others] = builds;
  if (build === undefined || others.length > 0 || build !== engine.build) {
    throw new QscError("build_not_judged", `The gate judged the build ${builds.join(", ") || "of no name"}, and the engine now runs ${engine.build}; let the gate judge the process that runs now.`);
  }
  const mixed = models.find(({ artifacts }) => artifacts.length > 1);
  if (mixed !== undefined) throw new QscError("artifacts_mixed", `The gate judged several files of ${mixed.model}: ${mixed.artifacts.join(", ")}; restart the engine and judge what comes after.`);
  // A model whose file the telemetry does not name cannot be compared.
  return { build, artifacts: Object.fromEntries(models.flatMap(({ model, artifacts: [artifact] }) => (artifact === undefined ? [] : [[model, artifact]]))) };
}

/** @throws QscError, a refusal, unless nothing of a canary is there, by every sign */
async function requireBaseline(world: CanaryWorld): Promise<string> {
  const { services, unit, settings } = world;
  if (settings["host"] !== undefined) {
    throw new QscError("host_is_remote", `The dead-man of ${unit} has to stand where the unit runs, or a broken line would leave a canary alone: log in to ${settings["host"]} and activate it there.`);
  }
  const read = await readState(world);
  if (read.kind === "broken") throw refused(world, "state_broken", read.detail);
  if (read.kind === "state" && read.state.phase !== "baseline") throw refused(world, "canary_exists", `${read.state.canary.model} is in the phase ${read.state.phase}`);
  if ((await services.readDropIn(unit, CANARY_DROP_IN)) !== null) throw refused(world, "drop_in_left", `${services.dropInPath(unit, CANARY_DROP_IN)} is there, which no state knows of`);
  if ((await services.guardState(guardName(unit))) !== "absent") throw refused(world, "dead_man_left", `the dead-man ${guardName(unit)} is there, which no state knows of`);
  await requireFallback(world);
  // The restart would reload: what is judged here is what it would find.
  await services.reload();
  const state = await services.state(unit);
  const { active, load } = state;
  if (active !== "active") throw new QscError("unit_not_active", `${unit} is ${load === "loaded" ? active : load}, not active.`);
  const left = await canaryVariables(world);
  if (left.length > 0) throw refused(world, "variables_left", `${unit} has ${describeVariables(left)}`);
  return `${unit} is active, without a canary; ${requireStoppable(world, state)}`;
}

function refused(world: CanaryWorld, code: ErrorCode, detail: string): QscError {
  return new QscError(code, `There is a canary, or what is left of one: ${detail}. Take it back first: ${rollbackCommand(world)}.`);
}

/** The models that passed the gate: what they were like then is what they are compared with. */
function baselinesOf({ models }: GateDocument): Canary["models"] {
  return Object.fromEntries(
    models
      .filter(({ verdict }) => verdict === "pass")
      .map(({ model, stats: { n, nonPredictions, absent, latencyP95Ms } }) => {
        return [model, { predictions: n, nonPredictions: nonPredictions + absent, latencyP95Ms }];
      }),
  );
}

async function saveBaseline(world: CanaryWorld, { baseline }: Canary, steps: Steps): Promise<void> {
  await steps.take("baseline saved", async () => {
    await saveWeights(world, baseline);
    return world.paths.baseline;
  });
}

async function perform(world: CanaryWorld, request: ActivateRequest, steps: Steps, { gate, canary }: Found): Promise<ActivateDocument> {
  const { durationMs, watchUnit, proofMs, signal } = request;
  try {
    const startedMs = await switchTo(world, { canary, event: "activate", rollbackCommand: rollbackCommand(world), proofMs, durationMs, watchUnit, signal }, steps);
    return documentOf(world, request, steps, { gate, canary, cutover: iso(startedMs), reasons: [] });
  } catch (thrown) {
    const error = asQscError(thrown);
    const undone = await takeBack(world, { reason: `the activation failed: ${error.message}`, code: error.code, proofMs, untouched: isUntouched(steps) }, steps);
    const open = noteUndo(world, steps, { what: "activation", proven: "the baseline is proven" }, undone);
    return documentOf(world, request, steps, { gate, canary, reasons: [reasonOf(error), ...open], warnings: undone.warnings });
  }
}

function planned(world: CanaryWorld, request: ActivateRequest, steps: Steps, { gate, canary }: Found): ActivateDocument {
  const { services, unit, paths } = world;
  steps.note("intent", "planned", paths.state);
  steps.note("dead-man armed", "planned", guardName(unit));
  steps.note("drop-in written", "planned", services.dropInPath(unit, CANARY_DROP_IN));
  steps.note("restart", "planned", unit);
  steps.note("watch started", "planned", request.watchUnit ?? NOBODY_WATCHES);
  return documentOf(world, request, steps, { gate, canary, reasons: [] });
}

interface Outcome {
  readonly gate: GateDocument | null;
  readonly canary: Canary | null;
  readonly cutover?: string;
  readonly reasons: readonly Reason[];
  readonly warnings?: readonly string[];
  readonly isCollection?: boolean;
}

function documentOf(world: CanaryWorld, { model, dryRun }: ActivateRequest, steps: Steps, outcome: Outcome): ActivateDocument {
  const { gate, canary, cutover = null, reasons, warnings = [], isCollection = false } = outcome;
  const { services, unit } = world;
  const before: WeightsByModel | null = canary?.baseline ?? null;
  return sealed({
    kind: "activate" as const,
    ...headOf(world, { reasons, warnings, isCollection }, steps),
    model,
    dryRun,
    weights: { before, after: canary?.weights ?? null },
    dropIn: canary === null ? null : { path: services.dropInPath(unit, CANARY_DROP_IN), text: renderEnvironment(canaryEnvironment(canary)) },
    rollbackCommand: rollbackCommand(world),
    cutover,
    gate,
  });
}
