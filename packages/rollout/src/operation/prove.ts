import { asQscError, QscError, type EngineIdentity } from "@qsc/contract";
import type { EventSource } from "@qsc/stream-reader";
import { requireSignatures } from "../judge/require-signatures.js";
import { unlessInterrupted } from "../host/interrupted.js";
import { ProofReading, RETRY_MS, type Proof, type Proven, type Wanted } from "./proof-reading.js";
import { describeWeights } from "./weights.js";
import type { OperationContext } from "./context.js";

/**
 * Waits for the first decision of a new process, watches the stream for the settle time, and asks the service manager
 * whether an earlier start left processes behind. Only telemetry proves what an engine serves: an active unit may have
 * ignored its environment. If the telemetry cannot be read, it is tried again: an engine that never ran before has yet
 * to create it.
 *
 * The settle time is how long the stream is watched for a contradiction after the first matching decision: twice the
 * longest mean time between two decisions of one process before the restart; at least 1 s, and at most 10 s or a third
 * of the whole time. If no pace is known, it is the most. A process that publishes at the pace of the engine, or
 * faster, is seen within it. A slower one outside the unit may be missed; the watch judges what it publishes later. All
 * of this ends within `timeoutMs`.
 */
async function proveServing(
  context: OperationContext,
  wanted: Wanted,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<Proof> {
  const deadline = new AbortController();
  const done = new AbortController();
  void context.clock.sleep(timeoutMs, done.signal).then(() => {
    deadline.abort();
  });
  const end = signal === undefined ? deadline.signal : AbortSignal.any([deadline.signal, signal]);
  const reading = new ProofReading(context, wanted, timeoutMs);
  try {
    while (!end.aborted) {
      try {
        await using source = await openUntil(context, end);
        requireSignatures(source, context.judgement.policy);
        const proof = await reading.read(source, end);
        if (proof !== null) return proof;
      } catch (thrown) {
        const error = asQscError(thrown);
        if (error.code === "interrupted") break;
        if (!error.code.startsWith("source_")) throw error;
        reading.lose(error.message);
      }
      await context.clock.sleep(RETRY_MS, end);
    }
  } finally {
    done.abort();
  }
  return { kind: "unproven", detail: `Seen since the restart: ${reading.seen}` };
}

/**
 * Opens the telemetry, unless the signal is aborted first: then it rejects, and a source that opens later is closed.
 */
async function openUntil({ openSource }: OperationContext, end: AbortSignal): Promise<EventSource> {
  const opening = openSource();
  try {
    return await unlessInterrupted(opening, end);
  } catch (thrown) {
    void opening.then((late) => late.close()).catch(() => undefined);
    throw thrown;
  }
}

/** The engine, or another process, reports that something else is served. */
export class NotServed extends QscError {
  /** What the new process reports, if that is the contradiction; null if others contradict it. */
  readonly engine: EngineIdentity | null;

  constructor(detail: string, engine: EngineIdentity | null) {
    super("served_otherwise", detail);
    this.engine = engine;
  }
}

/** @throws QscError `canary_not_proven`; NotServed (`served_otherwise`) if a decision contradicts */
export async function prove(
  context: OperationContext,
  wanted: Wanted,
  proofMs: number,
  signal?: AbortSignal,
): Promise<{ readonly said: string; readonly found: Proven }> {
  const proof = await proveServing(context, wanted, proofMs, signal);
  if (proof.kind !== "proven" && signal?.aborted === true)
    throw new QscError("interrupted", "Interrupted before the new process proved what it serves.");
  if (proof.kind === "contradicted") throw new NotServed(`${proof.detail}.`, proof.engine);
  if (proof.kind === "unproven") throw new QscError("canary_not_proven", `${proof.detail}.`);
  const { engine, id } = proof;
  return {
    said: `process ${engine.bootId} serves ${describeWeights(Object.fromEntries(engine.weights))} (entry ${id})`,
    found: { engine, id },
  };
}
