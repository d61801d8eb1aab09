import { digestOf, QscError, sealed, type MonitorDocument, type OperationStep, type RollbackDocument, type WatchRule } from "@qsc/contract";
import { compilePolicy } from "@qsc/violations";
import { headOf, reasonsOf, type Reason } from "./canary/document.js";
import { guardName, HANDOVER_SECONDS, leaseLeft } from "./canary/lease.js";
import { StateReader } from "./canary/state-file.js";
import { Steps } from "./canary/steps.js";
import type { CanaryWorld } from "./canary/world.js";
import { monitorRequest } from "./requests.js";
import { rollback } from "./rollback.js";
import { lost, unarmed } from "./watch/guard.js";
import { disarm, WatchLoop, type WatchReport } from "./watch/loop.js";
import { Reading } from "./watch/reading.js";
import type { Watched, WatchEnd } from "./watch/reducer.js";
import { requireWindow } from "./watch/window-size.js";

export interface MonitorRequest {
  /** How long to watch; null: as the activation said. */
  readonly durationMs: number | null;
  /** The longest time between two judgements, in milliseconds. */
  readonly intervalMs: number;
  /** The newest entries that are judged. */
  readonly window: number;
  /** When a violated check ends the watch. */
  readonly rule: WatchRule;
  /** Keep watching once the canary is eligible, until a person acts: one without a watch is taken back. */
  readonly stay: boolean;
  readonly proofMs: number;
  readonly signal: AbortSignal;
  /** Called after every judgement, and every few seconds at least. */
  readonly onReport: (report: WatchReport) => void;
  readonly onStep?: (step: OperationStep) => void;
}

/** One run of a watch. */
interface Run {
  readonly world: CanaryWorld;
  readonly request: MonitorRequest;
  readonly watched: Watched;
  readonly steps: Steps;
  readonly reading: Reading;
  readonly loop: WatchLoop;
}

/**
 * Watches a canary: every decision when it arrives, and the whole at least every interval. Any violation takes the
 * canary back at once; so do 90 s without a judgement and a watch that ends without proof. May be started again at any
 * time, and continues where it was: time counts from one judgement to the next, and only a judgement renews the lease.
 * @throws QscError `canary_locked` where another watch runs; `window_too_small`, `policy_changed` where its window or its
 * policy cannot be right
 */
export async function monitor(world: CanaryWorld, request: MonitorRequest): Promise<MonitorDocument> {
  monitorRequest(request, "request");
  const release = await world.watchLock.acquire(0);
  const done = new AbortController();
  try {
    const stateFile = new StateReader(world);
    const read = await stateFile.read();
    if (read.kind !== "state" || !isWatched(read.state)) return nothingToWatch(world, request, read.kind === "broken" ? read.detail : null);
    const run = await begun(world, request, { watched: read.state, stateFile, signal: AbortSignal.any([request.signal, done.signal]) });
    return read.state.phase === "promoted" ? await arrived(run) : await watch(run, done);
  } finally {
    done.abort();
    await release();
  }
}

function isWatched(state: { readonly phase: string }): state is Watched {
  return state.phase === "canary" || state.phase === "eligible" || state.phase === "promoted";
}

interface Found {
  readonly watched: Watched;
  readonly stateFile: StateReader;
  /** Ends the reading. */
  readonly signal: AbortSignal;
}

async function begun(world: CanaryWorld, request: MonitorRequest, { watched, stateFile, signal }: Found): Promise<Run> {
  const { policy, policySource } = world.setting;
  const { window, rule, intervalMs, stay, onReport, onStep, durationMs } = request;
  // What has arrived is judged no more.
  if (watched.phase !== "promoted") {
    requireWindow(window, policy, policySource);
    if (digestOf(policy) !== watched.canary.policyHash) {
      throw new QscError("policy_changed", `The policy ${policySource} is not the one that the canary was activated with; watch it with that one.`);
    }
  }
  const steps = new Steps(onStep);
  const reading = new Reading(world, watched, await compilePolicy(policy), { window, rule, signal });
  const progress = { ...watched.watch, durationMs: durationMs ?? watched.watch.durationMs };
  const loop = new WatchLoop(world, { watched, progress, reading, stateFile }, { rules: { intervalMs, stay }, signal: request.signal, onReport }, steps);
  return { world, request, watched, steps, reading, loop };
}

/** Ends the promotion that an earlier watch has come to. */
async function arrived(run: Run): Promise<MonitorDocument> {
  await disarm(run.world);
  return documentOf(run, "promoted", []);
}

async function watch(run: Run, done: AbortController): Promise<MonitorDocument> {
  const { world, loop, reading } = run;
  const guard = await world.services.guardState(guardName(world.unit));
  if (guard !== "armed") return takenBack(run, [lost(unarmed(guard))]);
  return concluded(run, await loop.run().finally(async () => {
    done.abort();
    await reading.close();
  }));
}

async function concluded(run: Run, end: WatchEnd): Promise<MonitorDocument> {
  switch (end.kind) {
    case "violation":
      return takenBack(run, end.violations);
    case "eligible":
      return documentOf(run, "eligible", [], {
        warnings: [`The canary is unmonitored: promote within ${HANDOVER_SECONDS} s, or watch on (qsc monitor --stay); else it is taken back.`],
      });
    case "promoted":
      return documentOf(run, "promoted", []);
    case "interrupted":
      return interrupted(run);
    case "left":
      return documentOf(run, "no_canary", [{ code: "no_canary", text: end.detail }]);
  }
}

async function interrupted(run: Run): Promise<MonitorDocument> {
  if (run.reading.look !== null) await run.loop.remember();
  // A lease that cannot be read has run out: so the dead-man takes it.
  const left = Math.floor(await leaseLeft(run.world).catch(() => 0));
  const text = `The watch was interrupted: start it again within ${left} s, or the canary is taken back.`;
  return documentOf(run, "interrupted", [{ code: "interrupted", text }]);
}

async function takenBack(run: Run, violations: readonly string[]): Promise<MonitorDocument> {
  const { world, request, steps, reading } = run;
  const [first = "a violation"] = violations;
  const taken = await rollback(world, {
    reason: first,
    code: "violation",
    takeOver: true,
    proofMs: request.proofMs,
    boot: reading.boot,
    onStep: ({ name, outcome, detail }) => { steps.note(name, outcome, detail); },
  });
  const outcome = taken.reasons.length > 0 ? "rollback_failed" : "rolled_back";
  const reasons = [...violations.map((text): Reason => ({ code: "violation", text })), ...reasonsOf(taken)];
  return documentOf(run, outcome, reasons, { rollback: taken, violations, warnings: taken.warnings });
}

interface Extras {
  readonly warnings?: readonly string[];
  readonly violations?: readonly string[];
  readonly rollback?: RollbackDocument;
}

function documentOf(
  { world, request, watched, steps, reading, loop }: Run,
  outcome: MonitorDocument["outcome"],
  reasons: readonly Reason[],
  { warnings = [], violations = [], rollback }: Extras = {},
): MonitorDocument {
  const { canary } = watched;
  return sealed({
    kind: "monitor" as const,
    ...headOf(world, { reasons, warnings: [...reading.warnings, ...loop.warnings, ...warnings] }, steps),
    model: canary.model,
    share: canary.share,
    outcome,
    watch: loop.progress,
    rule: request.rule,
    evidence: reading.findings,
    policyHash: canary.policyHash,
    policySource: world.setting.policySource,
    violations,
    integrity: reading.look?.integrity ?? [],
    models: reading.look?.models ?? [],
    rollback: rollback ?? null,
  });
}

/** The document of a monitor that found no canary. */
function nothingToWatch(world: CanaryWorld, { rule }: MonitorRequest, broken: string | null): MonitorDocument {
  const { policy, policySource } = world.setting;
  const reason: Reason = broken === null
    ? { code: "no_canary", text: `There is no canary of ${world.unit} to watch; activate one first.` }
    : { code: "state_broken", text: broken };
  return sealed({
    kind: "monitor" as const,
    ...headOf(world, { reasons: [reason] }, new Steps()),
    model: null,
    share: null,
    outcome: "no_canary",
    watch: null,
    rule,
    evidence: [],
    policyHash: digestOf(policy),
    policySource,
    violations: [],
    integrity: [],
    models: [],
    rollback: null,
  });
}
