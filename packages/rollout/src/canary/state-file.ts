import { iso, parseDistinct, QscError, type CanaryState } from "@qsc/contract";
import { anchorOf, rememberAnchor } from "./audit-anchor.js";
import { replaceFile } from "./files.js";
import type { CanaryWorld } from "./world.js";

/** What the state file says: nothing yet, a state, or something that cannot be relied on. */
export type ReadState =
  | { readonly kind: "absent" }
  | { readonly kind: "state"; readonly state: CanaryState }
  | { readonly kind: "broken"; readonly detail: string };

/** A state without what every state has. */
export type NewState = CanaryState extends infer State ? (State extends CanaryState ? Omit<State, "version" | "unit" | "operation" | "updatedAt" | "audit"> : never) : never;

/** Reads the state. A file that cannot be read, or is of another unit, is broken: never taken for a baseline. */
export async function readState(world: CanaryWorld): Promise<ReadState> {
  return new StateReader(world).read();
}

/** Reads the state again and again, from the file each time: only a text that is the same as before is not taken apart once more. */
export class StateReader {
  readonly #world: CanaryWorld;
  #known: { readonly text: string; readonly state: ReadState } | null = null;

  constructor(world: CanaryWorld) {
    this.#world = world;
  }

  async read(): Promise<ReadState> {
    const { files, paths } = this.#world;
    const text = await files.read(paths.state);
    if (text === null) return { kind: "absent" };
    if (text !== this.#known?.text) this.#known = { text, state: await stateOf(text, this.#world) };
    const { state } = this.#known;
    if (state.kind === "state" && state.state.audit !== undefined && state.state.audit !== null) rememberAnchor(this.#world, state.state.audit);
    return state;
  }
}

async function stateOf(text: string, { paths, unit }: CanaryWorld): Promise<ReadState> {
  const { canaryState } = await import("@qsc/contract/schemas");
  let json: unknown;
  try {
    json = parseDistinct(text);
  } catch {
    return { kind: "broken", detail: `State file ${paths.state} is not JSON` };
  }
  const read = canaryState.safeParse(json);
  if (!read.success) {
    const [issue] = read.error.issues;
    return { kind: "broken", detail: `State file ${paths.state} is not as it was written: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}` };
  }
  if (read.data.unit !== unit) return { kind: "broken", detail: `State file ${paths.state} is of unit ${read.data.unit}, not ${unit}` };
  return { kind: "state", state: read.data };
}

/** Writes the state as this command's, whole and synced, with the newest audit entry that is known to be on the disk. */
export async function writeState(world: CanaryWorld, state: NewState): Promise<void> {
  const { files, paths, unit, operation, clock } = world;
  const whole = { version: 1, unit, operation, updatedAt: iso(clock.now()), audit: anchorOf(world), ...state };
  await replaceFile(files, paths.state, textOf(whole));
}

/** For a person's eyes, but for the evidence: thousands of numbers, which only a watch reads, stand in one line. */
function textOf(whole: object): string {
  const { evidence, ...rest } = whole as { readonly evidence?: unknown };
  const text = JSON.stringify(rest, null, 2);
  return evidence === undefined ? `${text}\n` : `${text.slice(0, -2)},\n  "evidence": ${JSON.stringify(evidence)}\n}\n`;
}

/** @throws QscError `canary_taken_over` where another command has acted since this one wrote the state. */
export async function requireOwnState(world: CanaryWorld): Promise<void> {
  const read = await readState(world);
  if (read.kind === "state" && read.state.operation === world.operation) return;
  throw takenOver(world);
}

export function takenOver(world: CanaryWorld): QscError {
  return new QscError("canary_taken_over", `Another command acts on ${world.unit} by now, so this one goes back. See what the other does with qsc status.`);
}
