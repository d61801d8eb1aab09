import { QscError, type ErrorCode } from "@qsc/contract";
import { CANARY_DROP_IN } from "../canary/drop-in.js";
import { requireFallback } from "../canary/fallback.js";
import { guardianOf } from "../canary/guardian.js";
import { guardName } from "../canary/lease.js";
import { readState } from "../canary/state.js";
import { requireStoppable } from "../canary/stop-bound.js";
import { canaryVariables, describeVariables } from "../canary/unit-environment.js";
import type { OperationContext } from "../operation/context.js";
import { rollbackCommand } from "../operation/document.js";

/** @throws QscError, a refusal, if there is any sign of a canary */
export async function requireBaseline(context: OperationContext): Promise<string> {
  const { services, unit, settings } = context;
  if (settings["host"] !== undefined) {
    throw new QscError(
      "host_is_remote",
      `The dead-man of ${unit} must run on the unit's own host, or a broken connection would leave the canary unguarded: log in to ${settings["host"]} and activate it there.`,
    );
  }
  const read = await readState(context);
  if (read.kind === "broken") throw refused(context, "state_broken", read.detail);
  if (read.kind === "state" && read.state.phase !== "baseline")
    throw refused(context, "canary_exists", `${read.state.canary.model} is in the phase ${read.state.phase}`);
  if ((await services.readDropIn(unit, CANARY_DROP_IN)) !== null)
    throw refused(
      context,
      "drop_in_left",
      `${services.dropInPath(unit, CANARY_DROP_IN)} exists, but the state file does not mention a canary`,
    );
  if ((await services.guardState(guardName(unit))) !== "absent")
    throw refused(
      context,
      "dead_man_left",
      `the dead-man ${guardName(unit)} exists, but the state file does not mention a canary`,
    );
  await guardianOf(context);
  await requireFallback(context);
  // The restart would reload, so what is checked here is what the restart would find.
  await services.reload();
  const state = await services.state(unit);
  const { active, load } = state;
  if (active !== "active")
    throw new QscError("unit_not_active", `${unit} is ${load === "loaded" ? active : load}, not active.`);
  const left = await canaryVariables(context);
  if (left.length > 0) throw refused(context, "variables_left", `${unit} has ${describeVariables(left)}`);
  return `${unit} is active, without a canary; ${requireStoppable(context, state)}`;
}

function refused(context: OperationContext, code: ErrorCode, detail: string): QscError {
  return new QscError(
    code,
    `A canary, or leftovers of one, already exists: ${detail}. Roll it back first: ${rollbackCommand(context)}.`,
  );
}
