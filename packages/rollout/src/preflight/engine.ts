import { QscError } from "@qsc/contract";
import { canarySigns } from "../canary/signs.js";
import { rollbackCommand } from "../operation/document.js";
import type { OperationContext } from "../operation/context.js";
import { readEngineJournal } from "../judge/diagnosis/journal.js";
import { canaryVariables, describeVariables } from "../canary/unit-environment.js";

/** @throws QscError `service_missing`, `service_failed` */
export async function unitRuns({ services, unit }: OperationContext): Promise<string> {
  const { load, active, sub } = await services.state(unit);
  if (load === "not-found")
    throw new QscError(
      "service_missing",
      `There is no unit ${unit}. Install its unit file, or name another unit with --unit.`,
    );
  if (load !== "loaded") throw new QscError("service_failed", `${unit} is ${load}. See systemctl status ${unit}.`);
  if (active !== "active")
    throw new QscError("service_failed", `${unit} is ${active} (${sub}). Start it: systemctl start ${unit}.`);
  return `${unit} is loaded and active (${sub})`;
}

/**
 * @throws QscError `canary_exists`, `canary_promoted`, `variables_left` if there is a canary, or something left of one
 */
export async function noCanary(context: OperationContext): Promise<string> {
  const signs = await canarySigns(context);
  const refuse = (code: "canary_exists" | "canary_promoted" | "variables_left", what: string): never => {
    throw new QscError(code, `${what}. Roll it back first: ${rollbackCommand(context)}.`);
  };
  if ("live" in signs) return refuse("canary_exists", signs.live);
  if (signs.promoted !== null)
    return refuse(
      "canary_promoted",
      `${signs.promoted} was promoted, and its drop-in still gives it the vote; make its weights the engine's own`,
    );
  const left = await canaryVariables(context);
  return left.length === 0
    ? "no state, drop-in or variable of one"
    : refuse("variables_left", `${context.unit} has ${describeVariables(left)}`);
}

/** @throws QscError `journal_unread` if the journal of the present start cannot be read */
export async function journalReadable({ services, unit }: OperationContext): Promise<string> {
  const { status, detail, build } = await readEngineJournal({ services, unit });
  if (status !== "read") throw new QscError("journal_unread", detail);
  return `${detail}, build ${build ?? "not named"}`;
}
