import { asQscError, inertText, QscError } from "@qsc/contract";
import type { UnitState } from "@qsc/systemd";
import type { CanaryWorld } from "./world.js";

/** Between two looks at the unit, in milliseconds. */
const LOOK_MS = 1000;
/** Last words that come later than this are left out, in milliseconds. */
const WORDS_MS = 5000;
const LAST_LINES = 10;
const LONGEST_WORDS = 2000;

const RUNNING: ReadonlySet<string> = new Set(["active", "reloading", "refreshing"]);
const OVER: ReadonlySet<string> = new Set(["failed", "inactive"]);

export interface FateOptions {
  /** What a unit's process that ends and is started again by its manager means: the end, or one more chance. */
  readonly restarts: "end" | "wait";
  readonly signal?: AbortSignal;
}

/**
 * Does something that waits for a unit's process, and ends with the process: why it failed is known then, and waiting on
 * proves nothing.
 * @param act is told by its signal to end
 * @throws QscError `service_failed` with the unit's last words, and whatever `act` rejects with
 */
export async function whileItRuns<T>(world: CanaryWorld, { restarts, signal }: FateOptions, act: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const over = new AbortController();
  const done = new AbortController();
  const acting = act(AbortSignal.any([over.signal, ...(signal === undefined ? [] : [signal])]));
  const ending = endOf(world, restarts, done.signal);
  try {
    return await Promise.race([acting, ending.then((end) => {
      if (end === null) return acting;
      throw end;
    })]);
  } finally {
    done.abort();
    over.abort();
    acting.catch(() => undefined);
  }
}

/** Resolves with why the unit's process has ended; with null once the signal comes. Never rejects. */
async function endOf(world: CanaryWorld, restarts: FateOptions["restarts"], signal: AbortSignal): Promise<QscError | null> {
  let first: UnitState | null = null;
  while (!signal.aborted) {
    const state = await stateOf(world);
    if (state !== null) {
      first ??= state;
      const isAnother = state.invocationId !== first.invocationId || !RUNNING.has(state.active);
      if (OVER.has(state.active) || (restarts === "end" && isAnother)) return failed(world, first, state);
    }
    await world.clock.sleep(LOOK_MS, signal);
  }
  return null;
}

/** Null where the manager does not answer: the wait goes on, as that tells nothing of the unit. */
async function stateOf({ services, unit }: CanaryWorld): Promise<UnitState | null> {
  try {
    return await services.state(unit);
  } catch (thrown) {
    asQscError(thrown);
    return null;
  }
}

async function failed(world: CanaryWorld, first: UnitState, { active, sub, result }: UnitState): Promise<QscError> {
  const words = await lastWords(world, first.invocationId);
  const how = OVER.has(active) ? `it is ${active} (${sub}), result ${result}` : "its process ended, and another was started";
  const said = words.length === 0 ? "Nothing that it wrote is known of this start." : `Its journal ends with: ${inertText(words.join("\n").slice(-LONGEST_WORDS))}`;
  return new QscError("service_failed", `${world.unit} did not stay: ${how}. ${said}`);
}

async function lastWords({ services, unit, clock }: CanaryWorld, invocationId: string | null): Promise<readonly string[]> {
  if (invocationId === null) return [];
  const late = new AbortController();
  const done = new AbortController();
  void clock.sleep(WORDS_MS, done.signal).then(() => { late.abort(); });
  const lines: string[] = [];
  try {
    for await (const { message } of services.journal(unit, { invocationId, signal: late.signal })) {
      lines.push(message);
      if (lines.length > LAST_LINES) lines.shift();
    }
  } catch (thrown) {
    // Only for the sentence: what was read of it will do.
    asQscError(thrown);
  } finally {
    done.abort();
  }
  return lines;
}
