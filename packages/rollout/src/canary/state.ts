import { iso, parseDistinct, QscError, type CanaryState } from "@qsc/contract";
import { anchorOf, rememberAnchor } from "../operation/audit-anchor.js";
import { replaceFileIf } from "../host/files.js";
import { rememberUnlogged, unloggedOf } from "../operation/unlogged.js";
import type { OperationContext } from "../operation/context.js";
import { loadSchemas } from "../operation/schemas.js";

/** How often a state is composed again because another command has written it meanwhile. */
const MOST_ATTEMPTS = 10;

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
    return this.readFrom(await files.read(paths.state));
  }

  /** @param text of the file; null if there is none */
  async readFrom(text: string | null): Promise<ReadState> {
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
 * disk, and those that could not be written: by this command, or by another that has written the state since. If
 * another one writes it meanwhile, begins again.
 * @param requires throws if the state that is there must not be replaced; it is `broken` if it cannot be read
 */
export async function writeState(
  context: OperationContext,
  state: NewState,
  requires: (there: ReadState) => void = () => undefined,
): Promise<void> {
  const { files, paths, unit, operation, clock } = context;
  const reader = new StateReader(context);
  const textNow = (): Promise<string | null | undefined> => files.read(paths.state).catch(() => undefined);
  for (let attempt = 1; ; attempt += 1) {
    const before = await textNow();
    // What cannot be read cannot be kept either, and must not prevent a rollback.
    requires(
      before === undefined
        ? { kind: "broken", detail: `State file ${paths.state} cannot be read` }
        : await reader.readFrom(before),
    );
    const unlogged = unloggedOf(context);
    const head = { version: 1, unit, operation, updatedAt: iso(clock.now()), audit: anchorOf(context) };
    const text = textOf({ ...head, ...(unlogged.length > 0 && { unlogged }), ...state });
    const isSame = async (): Promise<boolean> => attempt >= MOST_ATTEMPTS || (await textNow()) === before;
    if (await replaceFileIf(files, paths.state, { text }, isSame)) return;
  }
}

/** Formatted for people, except for the evidence: thousands of numbers that only a watch reads are on one line. */
function textOf(whole: object): string {
  const { evidence, ...rest } = whole as { readonly evidence?: unknown };
  const text = JSON.stringify(rest, null, 2);
  return evidence === undefined ? `${text}\n` : `${text.slice(0, -2)},\n  "evidence": ${JSON.stringify(evidence)}\n}\n`;
}

/** @throws QscError `canary_taken_over` if another command has acted since this one wrote the state. */
export async function requireOwnState(context: OperationContext): Promise<void> {
  ownState(context)(await readState(context));
}

/** The same, of a state that was read. */
export function ownState(context: OperationContext): (read: ReadState) => void {
  return (read) => {
    if (read.kind !== "state" || read.state.operation !== context.operation) throw takenOver(context);
  };
}

/**
 * Throws QscError `canary_taken_over` if another command has acted since; the watch of an eligible canary may have.
 * @param before the state that this command has found
 */
export function stateAs(context: OperationContext, before: ReadState): (read: ReadState) => void {
  return (read) => {
    if (nameOf(read) !== nameOf(before)) throw takenOver(context);
  };
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
