import { asQscError, digestOf, QscError, sealed, type ErrorCode, type OperationStep, type PreflightDocument } from "@qsc/contract";
import type { WorkingCopy } from "@qsc/systemd";
import { compilePolicy } from "@qsc/violations";
import { headOf, type Reason } from "./canary/document.js";
import { Steps } from "./canary/steps.js";
import { requireStoppable } from "./canary/stop-bound.js";
import { readEnvironment, type UnitEnvironment } from "./canary/unit-environment.js";
import { monitorUnit } from "./canary/watch-unit.js";
import type { CanaryWorld } from "./canary/world.js";
import { journalReadable, noCanary, unitRuns } from "./preflight/engine.js";
import { auditIntact, checkoutClean, dropInWritable, guardArmable, mayAct, nodeRecent, workdirWritable } from "./preflight/host.js";
import { requireVariable, type EnvironmentRequirement } from "./preflight/required-environment.js";
import { clockSkew, telemetryFresh, weightsReported } from "./preflight/telemetry.js";
import { preflightRequest } from "./requests.js";

/** What is looked at, by the name of its step, and the code of a reason against it. */
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

export interface PreflightRequest {
  /** The checkout that the unit runs from; null: it runs from none. */
  readonly repository: WorkingCopy | null;
  /** Of the Node that runs this, without a `v`. */
  readonly nodeVersion: string;
  /** What the engine's environment has to be, such as a guard against live trading; empty where nothing is asked of it. */
  readonly requiredEnvironment: readonly EnvironmentRequirement[];
  readonly onStep?: (step: OperationStep) => void;
}

/**
 * Whether everything is there that a canary needs, each as a step of its own. What cannot be found out is no pass. It
 * leaves nothing behind: what can only be proven by doing it is done with something that says nothing, and removed.
 */
export async function preflight(world: CanaryWorld, request: PreflightRequest): Promise<PreflightDocument> {
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
  const { setting, services, unit } = world;
  // What is looked at is what an activation would find, which reloads, too. That it fails the step `rights` tells.
  await services.reload().catch(asQscError);
  await check("node", () => nodeRecent(nodeVersion));
  await check("policy", async () => {
    await compilePolicy(setting.policy);
    return `${setting.policySource}, ${digestOf(setting.policy).slice(0, 12)}`;
  });
  await check("unit", () => unitRuns(world));
  await check("stop", async () => requireStoppable(world, await services.state(unit)));
  if (repository === null) steps.note("checkout", "skipped", "the engine runs from none (--repo none)");
  else await check("checkout", () => checkoutClean(repository));
  const environment = await environmentOf(world);
  for (const requirement of requiredEnvironment) await check("environment", () => requireVariable(environment(), requirement));
  if (requiredEnvironment.length === 0) steps.note("environment", "skipped", "no variable is required");
  await telemetry(world, check);
  await check("canary", () => noCanary(world));
  await check("journal", () => journalReadable(world));
  await check("drop-in directory", () => dropInWritable(world));
  await check("rights", () => mayAct(world));
  await check("dead-man", () => guardArmable(world));
  await check("working directory", () => workdirWritable(world));
  await check("audit log", () => auditIntact(world));
  return sealed({ kind: "preflight" as const, ...headOf(world, { reasons: against, warnings: await warningsOf(world) }, steps) });
}

/** What this host did not let be found out is no fault of the tool. */
function understood(thrown: unknown): QscError {
  const error = asQscError(thrown);
  if (error.code !== "internal") return error;
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  return new QscError("could_not_check", `Could not check: ${why}.`, { cause: thrown });
}

/** The unit's environment; the caller gets the error where it cannot be read. */
async function environmentOf(world: CanaryWorld): Promise<() => UnitEnvironment> {
  try {
    const environment = await readEnvironment(world);
    return () => environment;
  } catch (thrown) {
    return () => {
      throw thrown;
    };
  }
}

async function telemetry({ openSource, setting }: CanaryWorld, check: Check): Promise<void> {
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
      newest = await telemetryFresh(opened(), setting);
      return "fresh, contract version 2";
    });
    await check("weights", () => {
      if (newest === null) throw new QscError("precondition.telemetry", "Unknown: there is no telemetry that could report them.");
      return weightsReported(newest);
    });
    await check("clock", async () => (await clockSkew(opened(), setting)) ?? "the source has no clock of its own");
  } finally {
    await (source as Awaited<ReturnType<typeof openSource>> | null)?.close();
  }
}

async function warningsOf({ services, unit }: CanaryWorld): Promise<readonly string[]> {
  const name = monitorUnit(unit);
  const { load } = await services.state(name).catch(() => ({ load: "unknown" }));
  return load === "loaded" ? [] : [`No unit watches a canary (${name} is ${load}): start qsc monitor by hand within a minute of an activation, or install it with qsc init.`];
}
