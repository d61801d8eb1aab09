import { asQscError, EXIT, idTime, iso, QscError, sealed, type ActivateDocument, type Canary, type GateDocument, type GateMode, type OperationStep, type WeightsByModel } from "@qsc/contract";
import { renderEnvironment } from "@qsc/systemd";
import { headOf, rollbackCommand } from "./canary/document.js";
import { CANARY_DROP_IN, canaryEnvironment } from "./canary/drop-in.js";
import { newestDecision } from "./canary/engine-now.js";
import { replaceFile } from "./canary/files.js";
import { unlessInterrupted } from "./canary/interrupted.js";
import { guardName } from "./canary/lease.js";
import { MOMENT_MS } from "./canary/lock.js";
import { readState } from "./canary/state-file.js";
import { Steps } from "./canary/steps.js";
import { isUntouched, NOBODY_WATCHES, switchTo } from "./canary/switch-to.js";
import { takeBack } from "./canary/take-back.js";
import { canaryWeights, describeWeights } from "./canary/weights.js";
import type { CanaryWorld } from "./canary/world.js";
import { qualityGate } from "./quality-gate.js";
import { activateRequest } from "./requests.js";

export interface ActivateRequest {
  readonly model: string;
  /** Start of the process whose output is judged, in milliseconds since 1970. */
  readonly cutoverMs: number;
  /** Says what would be done, and changes nothing. */
  readonly dryRun: boolean;
  /** How long the canary is to be watched, in milliseconds. */
  readonly durationMs: number;
  /** The unit that watches, which is started at the end; null: somebody starts the watch. */
  readonly watchUnit: string | null;
  /** Longest time for the first decision of the new process, in milliseconds. */
  readonly proofMs: number;
  /** Ends the activation; what was done is undone. */
  readonly signal: AbortSignal;
  readonly onStep?: (step: OperationStep) => void;
}

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
  const release = await world.lock.acquire(MOMENT_MS);
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

function refusalOf(thrown: unknown): Pick<Outcome, "gate" | "reasons" | "isCollection"> {
  if (thrown instanceof GateRefused) {
    const { gate, isCollection } = thrown;
    const collection = isCollection ? ["the evidence is a collection's: it permits nothing, and a canary needs more"] : [];
    return { gate, reasons: [...collection, ...gate.reasons], isCollection };
  }
  const error = asQscError(thrown);
  if (error.code === "internal") throw error;
  return { gate: null, reasons: [error.message] };
}

async function examine(world: CanaryWorld, { model, cutoverMs }: ActivateRequest, steps: Steps): Promise<Found> {
  await steps.take("baseline", () => requireBaseline(world));
  await using source = await world.openSource();
  const gate = await steps.find("gate", async () => {
    const judged = (mode: GateMode): Promise<GateDocument> => qualityGate(source, { mode, model, afterMs: cutoverMs, count: null, asOf: null }, world.setting);
    const gate = await judged("canary");
    if (gate.exitCode !== EXIT.proven) throw new GateRefused(gate, (await judged("collection")).exitCode === EXIT.collected);
    if (gate.asOfFrom !== "clock") throw new QscError("canary_refused", "The telemetry is a recording: a model is activated on live telemetry alone.");
    return { said: `${model} passes over ${gate.counts.judged} events, digest ${gate.digest.slice(0, 12)}`, found: gate };
  });
  const canary = await steps.find("weights", async () => {
    const newest = await newestDecision(source, world.setting.policy);
    const engine = newest?.engine ?? null;
    if (newest === null || engine === null) throw new QscError("canary_refused", "The telemetry does not say what weights the engine serves (contract version 1), so nothing could prove a canary; let the engine publish version 2.");
    if (engine.canary !== null) throw new QscError("canary_refused", `The engine already serves ${engine.canary.model} as a canary, at ${iso(idTime(newest.id))}; take it back with ${rollbackCommand(world)}.`);
    const baseline = Object.fromEntries(engine.weights);
    const weights = canaryWeights(baseline, model, 0.1);
    const canary: Canary = { model, share: 0.1, weights, baseline, models: baselinesOf(gate), formerBoot: engine.bootId, policyHash: gate.policyHash };
    return { said: `${describeWeights(baseline)} -> ${describeWeights(weights)}`, found: canary };
  });
  return { gate, canary };
}

/** @throws QscError `canary_refused` unless nothing of a canary is there, by every sign */
async function requireBaseline(world: CanaryWorld): Promise<string> {
  const { services, unit, settings } = world;
  if (settings["host"] !== undefined) {
    throw new QscError("canary_refused", `The dead-man of ${unit} has to stand where the unit runs, or a broken line would leave a canary alone: log in to ${settings["host"]} and activate it there.`);
  }
  const read = await readState(world);
  if (read.kind === "broken") throw refused(world, read.detail);
  if (read.kind === "state" && read.state.phase !== "baseline") throw refused(world, `${read.state.canary.model} is in the phase ${read.state.phase}`);
  if ((await services.readDropIn(unit, CANARY_DROP_IN)) !== null) throw refused(world, `${services.dropInPath(unit, CANARY_DROP_IN)} is there, which no state knows of`);
  if ((await services.guardState(guardName(unit))) !== "absent") throw refused(world, `the dead-man ${guardName(unit)} is there, which no state knows of`);
  const { active, load } = await services.state(unit);
  if (active !== "active") throw new QscError("canary_refused", `${unit} is ${load === "loaded" ? active : load}, not active.`);
  return `${unit} is active, without a canary`;
}

function refused(world: CanaryWorld, detail: string): QscError {
  return new QscError("canary_refused", `There is a canary, or what is left of one: ${detail}. Take it back first: ${rollbackCommand(world)}.`);
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
  const { files, paths, clock, unit } = world;
  await steps.take("baseline saved", async () => {
    await replaceFile(files, paths.baseline, `${JSON.stringify({ unit, savedAt: iso(clock.now()), weights: baseline }, null, 2)}\n`);
    return paths.baseline;
  });
}

async function perform(world: CanaryWorld, request: ActivateRequest, steps: Steps, { gate, canary }: Found): Promise<ActivateDocument> {
  const { durationMs, watchUnit, proofMs, signal } = request;
  try {
    const startedMs = await switchTo(world, { canary, event: "activate", rollbackCommand: rollbackCommand(world), proofMs, durationMs, watchUnit, signal }, steps);
    return documentOf(world, request, steps, { gate, canary, cutover: iso(startedMs), reasons: [] });
  } catch (thrown) {
    const error = asQscError(thrown);
    const undone = await takeBack(world, { reason: `the activation failed: ${error.message}`, proofMs, untouched: isUntouched(steps) }, steps);
    steps.note("activation", "undone", undone.failure === null ? "the baseline is proven" : undone.failure.message);
    const open = undone.failure === null ? [] : [`It could not be undone: ${undone.failure.message} The dead-man goes on trying; so may you: ${rollbackCommand(world)}.`];
    return documentOf(world, request, steps, { gate, canary, reasons: [error.message, ...open], warnings: undone.warnings });
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
  readonly reasons: readonly string[];
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
