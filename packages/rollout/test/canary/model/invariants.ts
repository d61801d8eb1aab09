import { sameWeights, type CanaryState } from "@qsc/contract";
import { readAudit } from "../../../src/operation/audit-log.js";
import { readState } from "../../../src/canary/state.js";
import { BASELINE } from "./engine.js";
import type { Machine } from "./machine.js";
import { PATHS, Process, SETTINGS } from "./process.js";
import { rememberingLast } from "./remembering.js";

/** Whether the engine serves a canary, or will after its next start. */
export function isExposed({ engine, dropIn }: Machine): boolean {
  return dropIn !== null || (engine !== null && (engine.canary !== null || engine.environment.size > 0));
}

/** What must hold at every moment, whatever a command is halfway through; null if it does. */
export function momentProblem(machine: Machine): string | null {
  if (!isExposed(machine)) return null;
  const phase = phaseOf(machine);
  if (phase === "promoted") return null;
  if (machine.guardState() !== "armed") return `a canary without an armed dead-man, phase ${phase}`;
  if (phase === "baseline" || phase === "absent" || phase === "unreadable")
    return `a canary of which the state says ${phase}`;
  return null;
}

type Phase = CanaryState["phase"] | "absent" | "unreadable";

function phaseOf({ disk }: Machine): Phase {
  const text = disk.read(PATHS.state);
  return text === null ? "absent" : phaseIn(text);
}

/** This is asked at every stage of every effect, and the file is long: an unchanged text is not parsed again. */
const phaseIn = rememberingLast((text: string): Phase => {
  try {
    return (JSON.parse(text) as CanaryState).phase;
  } catch {
    return "unreadable";
  }
});

/** Reads like a process that changes nothing, on a machine of its own. */
async function look<T>(machine: Machine, question: (context: Process["context"]) => Promise<T>): Promise<T> {
  return question(new Process(machine.clone()).context);
}

/** What must be on the disk after a crash, even a power cut. */
export async function diskProblems(machine: Machine): Promise<readonly string[]> {
  const problems: string[] = [];
  const read = await look(machine, readState);
  if (read.kind === "broken") problems.push(read.detail);
  const { entries, broken } = await look(machine, ({ files }) => readAudit(files, PATHS.audit));
  if (broken !== null) problems.push(`audit log: line ${broken.line}: ${broken.detail}`);
  const state = read.kind === "state" ? read.state : null;
  const logged = entries.map(({ event, details }) => `${event} ${Number(details["share"])}`);
  const required = state === null ? [] : LOGGED[state.phase](state.canary?.share ?? 0);
  for (const entry of required)
    if (!logged.includes(entry)) problems.push(`phase ${state?.phase ?? ""} without '${entry}' in the audit log`);
  if (machine.dropIn !== null) {
    if (machine.disk.read(PATHS.settings) !== `${JSON.stringify(SETTINGS, null, 2)}\n`)
      problems.push("a drop-in without the settings that the dead-man needs");
    const saved = machine.disk.read(PATHS.baseline);
    if (saved === null || !saved.includes(JSON.stringify(BASELINE["xgb"])))
      problems.push("a drop-in without a saved baseline");
  }
  return problems;
}

/** The entries of the log for each phase. */
const LOGGED: Record<CanaryState["phase"], (share: number) => readonly string[]> = {
  baseline: () => [],
  activating: () => [],
  rolling_back: () => [],
  canary: (share) => [`${share === 0.1 ? "activate" : "promote"} ${share}`],
  eligible: (share) => [`eligible ${share}`],
  promoted: (share) => [`promoted ${share}`],
};

/** Why the baseline is not proven; empty if it is. */
export async function baselineProblems(machine: Machine): Promise<readonly string[]> {
  const { engine, dropIn, loaded, entries, disk } = machine;
  const problems: string[] = [];
  if (dropIn !== null) problems.push("the drop-in is there");
  if (loaded !== null) problems.push("QSC_CANARY_* in the unit's environment");
  if (engine === null) return [...problems, "the engine does not run"];
  if (engine.environment.size > 0) problems.push("the process still has the canary's environment");
  if (!sameWeights(engine.weights, BASELINE)) problems.push("the engine serves other weights than the baseline's");
  if (
    !entries.some(
      (entry) => entry.kind === "entry" && entry.fields.some((field) => field.includes(`"boot_id":"${engine.boot}"`)),
    )
  ) {
    problems.push("no decision of the process that runs");
  }
  const read = await look(machine, readState);
  const phase = read.kind === "state" ? read.state.phase : read.kind;
  if (phase !== "baseline" && !(phase === "absent" && disk.read(PATHS.lease) === null) && !machine.diskIsFull)
    problems.push(`the state says ${phase}`);
  if (machine.guardState() !== "absent") problems.push("the dead-man is still there");
  if (disk.read(PATHS.lease) !== null) problems.push("the lease is still there");
  const { broken } = await look(machine, ({ files }) => readAudit(files, PATHS.audit));
  if (broken !== null) problems.push(`audit log: line ${broken.line}: ${broken.detail}`);
  return problems;
}

/** Why a canary is not served and guarded as a command has claimed. */
export async function canaryProblems(
  machine: Machine,
  phases: readonly CanaryState["phase"][],
): Promise<readonly string[]> {
  const { engine } = machine;
  const problems = [...(await diskProblems(machine))];
  const read = await look(machine, readState);
  const state = read.kind === "state" ? read.state : null;
  if (state === null || !phases.includes(state.phase))
    return [...problems, `the state says ${state?.phase ?? read.kind}`];
  if (machine.dropIn === null) problems.push("the drop-in is not there");
  if (engine === null || state.canary === null || !sameWeights(engine.weights, state.canary.weights))
    problems.push("the engine does not serve the canary's weights");
  const guarded = state.phase === "promoted" ? "absent" : "armed";
  if (machine.guardState() !== guarded) problems.push(`the dead-man is not ${guarded}`);
  return problems;
}
