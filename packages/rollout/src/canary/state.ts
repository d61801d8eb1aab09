import { iso, parseDistinct, QscError, type CanaryState } from "@qsc/contract";
import { anchorOf, rememberAnchor } from "../operation/audit-anchor.js";
import { replaceFile } from "../host/files.js";
import { rememberUnlogged, unloggedOf } from "../operation/unlogged.js";
import type { OperationContext } from "../operation/context.js";
import { loadSchemas } from "../operation/schemas.js";

/** What the state file holds: nothing yet, a state, or something that cannot be trusted. */
export type ReadState =
  | { readonly kind: "absent" }
  | { readonly kind: "state"; readonly state: CanaryState }
  | { readonly kind: "broken"; readonly detail: string };

/** A state without the fields that every state has. */
export type NewState = CanaryState extends infer State
  ? State extends CanaryState
    ? Omit<State, "version" | "unit" | "operation" | "updatedAt" | "audit" | "unlogged">
    : never
  : never;

/** What a judgement needs to know of a live canary. */
export type Judgeable = Pick<
  Extract<CanaryState, { readonly phase: "canary" | "eligible" | "promoted" }>,
  "canary" | "evidence" | "watch"
>;

/**
 * Reads the state. A file that is unreadable, or belongs to another unit, is `broken`, and never taken for a baseline.
 */
export async function readState(context: OperationContext): Promise<ReadState> {
  return new StateReader(context).read();
}

/** Reads the state repeatedly, from the file each time, but parses it only if the text has changed. */
export class StateReader {
  readonly #context: OperationContext;
  #known: { readonly text: string; readonly state: ReadState } | null = null;

  constructor(context: OperationContext) {
    this.#context = context;
  }

  async read(): Promise<ReadState> {
    const { files, paths } = this.#context;
    const text = await files.read(paths.state);
    if (text === null) return { kind: "absent" };
    if (text !== this.#known?.text) this.#known = { text, state: await stateOf(text, this.#context) };
    const { state } = this.#known;
    if (state.kind === "state" && state.state.audit !== undefined && state.state.audit !== null)
      rememberAnchor(this.#context, state.state.audit);
    if (state.kind === "state") rememberUnlogged(this.#context, state.state.unlogged ?? []);
    return state;
  }
}

/** What a text says as the state of a unit's canary. */
export async function stateOf(
  text: string,
  { paths, unit }: Pick<OperationContext, "paths" | "unit">,
): Promise<ReadState> {
  const { canaryState } = await loadSchemas();
  let json: unknown;
  try {
    json = parseDistinct(text);
  } catch {
    return { kind: "broken", detail: `State file ${paths.state} is not JSON` };
  }
  const read = canaryState.safeParse(json);
  if (!read.success) {
    const [issue] = read.error.issues;
    return {
      kind: "broken",
      detail: `State file ${paths.state} has been changed: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}`,
    };
  }
  if (read.data.unit !== unit)
    return { kind: "broken", detail: `State file ${paths.state} belongs to unit ${read.data.unit}, not ${unit}` };
  return { kind: "state", state: read.data };
}

/**
 * Writes the state in this command's name, whole and synced, with the newest audit entry that is known to be on the
 * disk, and those that could not be written.
 */
export async function writeState(context: OperationContext, state: NewState): Promise<void> {
  const { files, paths, unit, operation, clock } = context;
  const unlogged = unloggedOf(context);
  const head = { version: 1, unit, operation, updatedAt: iso(clock.now()), audit: anchorOf(context) };
  const whole = { ...head, ...(unlogged.length > 0 && { unlogged }), ...state };
  await replaceFile(files, paths.state, textOf(whole));
}

/** Formatted for people, except for the evidence: thousands of numbers that only a watch reads are on one line. */
function textOf(whole: object): string {
  const { evidence, ...rest } = whole as { readonly evidence?: unknown };
  const text = JSON.stringify(rest, null, 2);
  return evidence === undefined ? `${text}\n` : `${text.slice(0, -2)},\n  "evidence": ${JSON.stringify(evidence)}\n}\n`;
}

/** @throws QscError `canary_taken_over` if another command has acted since this one wrote the state. */
export async function requireOwnState(context: OperationContext): Promise<void> {
  const read = await readState(context);
  if (read.kind === "state" && read.state.operation === context.operation) return;
  throw takenOver(context);
}

/**
 * @param before the state that this command has found
 * @throws QscError `canary_taken_over` if another command has acted since; the watch of an eligible canary may have
 */
export async function requireStateAs(context: OperationContext, before: ReadState): Promise<void> {
  if (nameOf(await readState(context)) !== nameOf(before)) throw takenOver(context);
}

function nameOf(read: ReadState): string {
  if (read.kind !== "state") return read.kind;
  const { phase, operation, canary } = read.state;
  return phase === "eligible" ? `${phase} ${canary.share} ${canary.formerBoot}` : `${phase} ${operation}`;
}

export function takenOver(context: OperationContext): QscError {
  return new QscError(
    "canary_taken_over",
    `Another command is acting on ${context.unit}, so this one gives up. Run qsc status to see what the other does.`,
  );
}
