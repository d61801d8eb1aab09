import {
  asQscError,
  digestOf,
  QscError,
  sealed,
  type ErrorCode,
  type OperationStep,
  type PreflightDocument,
} from "@qsc/contract";
import type { WorkingCopy } from "@qsc/systemd";
import { compilePolicy } from "@qsc/violations";
import { headOf, type Reason } from "./operation/document.js";
import { noteNotifications } from "./operation/notifications.js";
import { Steps } from "./operation/steps.js";
import { requireStoppable } from "./canary/stop-bound.js";
import { readEnvironment, type UnitEnvironment } from "./canary/unit-environment.js";
import { withoutLastResort } from "./canary/guardian.js";
import { monitorUnit } from "./canary/watch-unit.js";
import type { OperationContext } from "./operation/context.js";
import { journalReadable, noCanary, unitRuns } from "./preflight/engine.js";
import {
  auditIntact,
  checkoutClean,
  dropInWritable,
  guardArmable,
  mayAct,
  nodeRecent,
  workdirWritable,
} from "./preflight/host.js";
import { requireVariable, type EnvironmentRequirement } from "./preflight/required-environment.js";
import { clockSkew, telemetryFresh, weightsReported } from "./preflight/telemetry.js";
import { preflightRequest } from "./requests.js";

/** The checks, by the name of their step, and the code of a reason against each. */
const PRECONDITIONS = {
  node: "precondition.node",
  policy: "precondition.policy",
  unit: "precondition.unit",
  stop: "precondition.stop",
  checkout: "precondition.checkout",
  environment: "precondition.environment",
  source: "precondition.source",
  telemetry: "precondition.telemetry",
  weights: "precondition.weights",
  clock: "precondition.clock",
  canary: "precondition.canary",
  journal: "precondition.journal",
  "drop-in directory": "precondition.drop_in_directory",
  rights: "precondition.rights",
  "dead-man": "precondition.dead_man",
  "working directory": "precondition.working_directory",
  "audit log": "precondition.audit_log",
} as const satisfies Record<string, ErrorCode>;

type Check = (name: keyof typeof PRECONDITIONS, question: () => string | Promise<string>) => Promise<void>;

/** What `qsc preflight` is asked to do. */
export interface PreflightRequest {
  /** The checkout that the unit runs from; null: none. */
  readonly repository: WorkingCopy | null;
  /** The version of the Node that runs this, without a `v`. */
  readonly nodeVersion: string;
  /**
   * What the engine's environment must contain, such as a guard against live trading; empty if there are no
   * requirements.
   */
  readonly requiredEnvironment: readonly EnvironmentRequirement[];
  /** Called when a step has ended. */
  readonly onStep?: (step: OperationStep) => void;
}

/**
 * Checks everything that a canary needs, each as a step of its own. What cannot be checked does not pass. Leaves
 * nothing behind: where only an attempt can prove something, it uses an empty file, and removes it.
 */
export async function preflight(context: OperationContext, request: PreflightRequest): Promise<PreflightDocument> {
  preflightRequest(request, "request");
  const { repository, nodeVersion, requiredEnvironment, onStep } = request;
  const steps = new Steps(onStep);
  const against: Reason[] = [];
  const check: Check = async (name, question): Promise<void> => {
    const asked = async (): Promise<string> => {
      try {
        return await question();
      } catch (thrown) {
        throw understood(thrown);
      }
    };
    await steps.take(name, asked).catch((thrown: unknown) => {
      against.push({ code: PRECONDITIONS[name], text: `${name}: ${asQscError(thrown).message}` });
    });
  };
  const { judgement, services, unit } = context;
  // What is checked is what an activation, which reloads, too, would find. If it fails, the step `rights` reports that.
  await services.reload().catch(asQscError);
  await check("node", () => nodeRecent(nodeVersion));
  await check("policy", async () => {
    await compilePolicy(judgement.policy);
    return `${judgement.policySource}, ${digestOf(judgement.policy).slice(0, 12)}`;
  });
  await check("unit", () => unitRuns(context));
  await check("stop", async () => requireStoppable(context, await services.state(unit)));
  if (repository === null) steps.note("checkout", "skipped", "the engine does not run from a checkout (--repo none)");
  else await check("checkout", () => checkoutClean(repository));
  const environment = await environmentOf(context);
  for (const requirement of requiredEnvironment)
    await check("environment", () => requireVariable(environment(), requirement));
  if (requiredEnvironment.length === 0) steps.note("environment", "skipped", "no variable is required");
  await telemetry(context, check);
  await check("canary", () => noCanary(context));
  await check("journal", () => journalReadable(context));
  await check("drop-in directory", () => dropInWritable(context));
  await check("rights", () => mayAct(context));
  await check("dead-man", () => guardArmable(context));
  await check("working directory", () => workdirWritable(context));
  await check("audit log", () => auditIntact(context));
  await noteNotifications(context, steps);
  return sealed({
    kind: "preflight" as const,
    ...headOf(context, { reasons: against, warnings: await warningsOf(context) }, steps),
  });
}

/** If this host does not let something be checked, that is not a bug of the tool. */
function understood(thrown: unknown): QscError {
  const error = asQscError(thrown);
  if (error.code !== "internal") return error;
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  return new QscError("could_not_check", `Could not check: ${why}.`, { cause: thrown });
}

/** The unit's environment; if it cannot be read, the error is thrown to the caller of the result. */
async function environmentOf(context: OperationContext): Promise<() => UnitEnvironment> {
  try {
    const environment = await readEnvironment(context);
    return () => environment;
  } catch (thrown) {
    return () => {
      throw thrown;
    };
  }
}

async function telemetry({ openSource, judgement }: OperationContext, check: Check): Promise<void> {
  let source: Awaited<ReturnType<typeof openSource>> | null = null;
  await check("source", async () => {
    source = await openSource();
    return source.label;
  });
  const opened = (): Awaited<ReturnType<typeof openSource>> => {
    if (source === null) throw new QscError("precondition.source", "Unknown: the source cannot be read.");
    return source;
  };
  try {
    let newest: Awaited<ReturnType<typeof telemetryFresh>> | null = null;
    await check("telemetry", async () => {
      newest = await telemetryFresh(opened(), judgement);
      return "fresh, contract version 2";
    });
    await check("weights", () => {
      if (newest === null)
        throw new QscError("precondition.telemetry", "Unknown: there is no fresh telemetry that reports them.");
      return weightsReported(newest);
    });
    await check("clock", async () => (await clockSkew(opened(), judgement)) ?? "the source has no clock of its own");
  } finally {
    await (source as Awaited<ReturnType<typeof openSource>> | null)?.close();
  }
}

async function warningsOf(context: OperationContext): Promise<readonly string[]> {
  const { services, unit } = context;
  const lack = withoutLastResort(context);
  if (lack !== null) return [lack];
  const name = monitorUnit(unit);
  const { load } = await services.state(name).catch(() => ({ load: "unknown" }));
  return load === "loaded"
    ? []
    : [
        `No unit watches a canary (${name} is ${load}): start qsc monitor by hand within a minute after an activation, or install the unit with qsc init.`,
      ];
}
