import {
  digestOf,
  QscError,
  type MonitorDocument,
  type OperationStep,
  type WatchPower,
  type WatchRule,
} from "@qsc/contract";
import { compilePolicy } from "@qsc/violations";
import { documentOf, nothingToWatch } from "./monitor/document.js";
import { reasonsOf, type Reason } from "./operation/document.js";
import { disarm, isDisarmed } from "./canary/disarm.js";
import { guardName, HANDOVER_SECONDS, isReopened, leaseLeft } from "./canary/lease.js";
import { CANARY_DROP_IN } from "./canary/drop-in.js";
import { readState, StateReader } from "./canary/state.js";
import { Steps } from "./operation/steps.js";
import type { OperationContext } from "./operation/context.js";
import { monitorRequest } from "./requests.js";
import { rollback } from "./rollback.js";
import { lost, unarmed } from "./watch/guard.js";
import { alone } from "./watch/others.js";
import { WatchLoop, type WatchReport } from "./watch/loop.js";
import { Reading } from "./watch/reading.js";
import type { WatchEnd } from "./watch/events.js";
import { lapsed, type Watched } from "./watch/reducer.js";
import { requireWindow } from "./canary/window-size.js";

/** What `qsc monitor` is asked to do. */
export interface MonitorRequest {
  /** How long to watch; null: as requested at activation. */
  readonly durationMs: number | null;
  /** The longest time between two judgements, in milliseconds. */
  readonly intervalMs: number;
  /** The number of newest entries that are judged. */
  readonly window: number;
  /** When a violated check ends the watch. */
  readonly rule: WatchRule;
  /** Keep watching once the canary is eligible, until a person acts: without a watch it is rolled back. */
  readonly stay: boolean;
  readonly proofMs: number;
  readonly signal: AbortSignal;
  /** Called once before the first judgement, with what the watch can see of the canary. */
  readonly onBegin?: (power: WatchPower | null) => void;
  /** Called after every judgement, and at least every few seconds. */
  readonly onReport: (report: WatchReport) => void;
  /**
   * Called once with the document so far, if the canary becomes eligible and the watch stays: a person decides then.
   */
  readonly onEligible?: (document: MonitorDocument) => Promise<void>;
  /** Called when a step has ended. */
  readonly onStep?: (step: OperationStep) => void;
}

/** One run of a watch. */
interface Run {
  readonly context: OperationContext;
  readonly request: MonitorRequest;
  readonly watched: Watched;
  readonly steps: Steps;
  readonly reading: Reading;
  readonly loop: WatchLoop;
}

/**
 * Watches a canary: judges every decision when it arrives, and the whole at least once per interval. Any violation
 * rolls back the canary at once; so do 90 s without a judgement, and a watch that ends without proof. It can be
 * restarted at any time, and continues where it was: time counts from one judgement to the next, and only a judgement
 * renews the lease.
 * @throws QscError `canary_locked` if another watch is running; `window_too_small`, `policy_changed` if its window or
 * policy cannot be right
 */
export async function monitor(context: OperationContext, request: MonitorRequest): Promise<MonitorDocument> {
  monitorRequest(request, "request");
  const release = await context.watchLock.acquire(0);
  const done = new AbortController();
  try {
    const stateFile = new StateReader(context);
    const read = await stateFile.read();
    if (read.kind !== "state" || !isWatched(read.state)) return nothingToWatch(context, request, read);
    const run = await begun(context, request, {
      watched: read.state,
      stateFile,
      signal: AbortSignal.any([request.signal, done.signal]),
    });
    return read.state.phase === "promoted" ? await arrived(run, stateFile) : await watch(run, done);
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

async function begun(
  context: OperationContext,
  request: MonitorRequest,
  { watched, stateFile, signal }: Found,
): Promise<Run> {
  const { policy, policySource } = context.judgement;
  const { window, rule, intervalMs, stay, onBegin, onReport, onStep, durationMs } = request;
  // A promoted canary is no longer judged.
  if (watched.phase !== "promoted") {
    requireWindow(window, policy, policySource);
    if (digestOf(policy) !== watched.canary.policyHash) {
      throw new QscError(
        "policy_changed",
        `The policy ${policySource} is not the one that the canary was activated with; restore that policy, and retry.`,
      );
    }
  }
  const steps = new Steps(onStep);
  const reading = new Reading(context, watched, await compilePolicy(policy), {
    window,
    rule,
    durationMs,
    signal,
  });
  onBegin?.(reading.power.find(({ model }) => model === watched.canary.model) ?? null);
  const progress = { ...watched.watch, durationMs: durationMs ?? watched.watch.durationMs };
  const loop = new WatchLoop(
    context,
    { watched, progress, reading, stateFile },
    {
      rules: { intervalMs, stay },
      signal: request.signal,
      onReport,
      onEligible: async () => request.onEligible?.(documentOf(run, "eligible", [])),
    },
    steps,
  );
  const run: Run = { context, request, watched, steps, reading, loop };
  return run;
}

/**
 * Completes the promotion that an earlier watch has decided, unless its lease ran out before that, or a rollback has
 * begun.
 * @throws QscError `canary_locked` if another command is acting, or has acted
 */
async function arrived(run: Run, stateFile: StateReader): Promise<MonitorDocument> {
  const { context, watched } = run;
  const { canary, operation } = watched;
  const isUntouched = async (): Promise<boolean> => {
    const read = await stateFile.read();
    return read.kind === "state" && read.state.phase === "promoted" && read.state.operation === operation;
  };
  const isPromoted = await alone(
    context,
    isUntouched,
    async () => (await disarm(context, canary)) || (await isDisarmed(context, canary)),
  );
  if (isPromoted === null)
    throw new QscError(
      "canary_locked",
      `Another command is acting on ${context.unit}, or has acted: this watch completes nothing. Run qsc status.`,
    );
  if (isPromoted) return documentOf(run, "promoted", []);
  return takenBack(run, [(await isReopened(context)) ? CUT_OFF : lapsed({ outage: null })]);
}

/** Why a promoted canary goes whose rollback was killed. */
const CUT_OFF = "watch: a rollback of the promoted canary had begun, and was cut off before it was proven";

async function watch(run: Run, done: AbortController): Promise<MonitorDocument> {
  const { context, loop, reading } = run;
  const guard = await context.services.guardState(guardName(context.unit));
  if (guard !== "armed") return takenBack(run, [lost(unarmed(guard))]);
  return concluded(
    run,
    await loop.run().finally(async () => {
      done.abort();
      await reading.close();
    }),
  );
}

async function concluded(run: Run, end: WatchEnd): Promise<MonitorDocument> {
  switch (end.kind) {
    case "violation":
      return takenBack(run, end.violations);
    case "eligible":
      return documentOf(run, "eligible", [], {
        warnings: [
          `The canary is unmonitored: promote within ${HANDOVER_SECONDS} s, or keep watching (qsc monitor --stay); otherwise it is rolled back.`,
        ],
      });
    case "promoted":
      return documentOf(run, "promoted", []);
    case "passed_on":
      return documentOf(run, "promoted", [], {
        warnings: [
          `The canary was eligible, and a promotion is giving it ${Math.round(end.share * 100)} % of the vote: this watch has ended, and the new share gets a watch of its own.`,
        ],
      });
    case "interrupted":
      return interrupted(run);
    case "left":
      if (await isUnrecorded(run.context)) return takenBack(run, [UNRECORDED]);
      return documentOf(run, "no_canary", [{ code: "no_canary", text: end.detail }]);
  }
}

const UNRECORDED = "watch: the state says that there is no canary, but its drop-in is there";

/** Whether the drop-in of a canary is there that the state does not know of: then nothing else would remove it. */
async function isUnrecorded(context: OperationContext): Promise<boolean> {
  if ((await context.services.readDropIn(context.unit, CANARY_DROP_IN)) === null) return false;
  const read = await readState(context);
  return read.kind === "absent" || (read.kind === "state" && read.state.phase === "baseline");
}

async function interrupted(run: Run): Promise<MonitorDocument> {
  if (run.reading.look !== null) await run.loop.remember();
  // A lease that cannot be read has run out: the dead-man sees it so, too.
  const left = Math.floor(await leaseLeft(run.context).catch(() => 0));
  const text = `The watch was interrupted: start it again within ${left} s, or the canary is rolled back.`;
  return documentOf(run, "interrupted", [{ code: "interrupted", text }]);
}

async function takenBack(run: Run, violations: readonly string[]): Promise<MonitorDocument> {
  const { context, request, steps, reading } = run;
  const [first = "a violation"] = violations;
  const taken = await rollback(context, {
    reason: first,
    code: "violation",
    takeOver: true,
    proofMs: request.proofMs,
    boot: reading.boot,
    canary: run.watched.canary,
    onStep: ({ name, outcome, detail }) => {
      steps.note(name, outcome, detail);
    },
  });
  const outcome = taken.reasons.length > 0 ? "rollback_failed" : "rolled_back";
  const reasons = [...violations.map((text): Reason => ({ code: "violation", text })), ...reasonsOf(taken)];
  return documentOf(run, outcome, reasons, { rollback: taken, violations, warnings: taken.warnings });
}
