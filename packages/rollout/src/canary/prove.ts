import { asQscError, idTime, iso, lastIdAt, QscError, sameWeights, type EngineIdentity, type EntryId, type WeightsByModel } from "@qsc/contract";
import { decodeEntry, type EventSource } from "@qsc/stream-reader";
import { requireSignatures } from "../telemetry/require-signatures.js";
import { unlessInterrupted } from "./interrupted.js";
import { describeWeights } from "./weights.js";
import type { CanaryWorld } from "./world.js";

/** Between two attempts to read telemetry that is not there yet, or not for now, in milliseconds. */
const RETRY_MS = 500;

/** What an engine is expected to say of itself. */
export interface Expectation {
  /** Any one of them; none: whatever it serves, where nobody has changed it. */
  readonly weights: readonly WeightsByModel[];
  /** The model that has a canary's share; null: none. */
  readonly canary: string | null;
  /** The process that served before, and does not count; null where nobody knows it. */
  readonly formerBoot: string | null;
  /** Start of the process, in milliseconds since 1970. */
  readonly sinceMs: number;
}

/** The decision that proves what an engine serves. */
export interface Proven {
  readonly engine: EngineIdentity;
  readonly id: EntryId;
}

/** What the telemetry of a new process proves. */
type Proof =
  | ({ readonly kind: "proven" } & Proven)
  | { readonly kind: "contradicted"; readonly detail: string; readonly engine: EngineIdentity }
  | { readonly kind: "unproven"; readonly detail: string };

/**
 * Waits for the first decision of a new process and compares what it says of itself. Only telemetry proves what an
 * engine serves: a unit that is active may have read nothing of its environment. Telemetry that cannot be read is tried
 * again: an engine that never ran before has yet to begin it.
 */
async function proveServing(world: CanaryWorld, expected: Expectation, timeoutMs: number, signal?: AbortSignal): Promise<Proof> {
  const deadline = new AbortController();
  const done = new AbortController();
  void world.clock.sleep(timeoutMs, done.signal).then(() => { deadline.abort(); });
  const end = signal === undefined ? deadline.signal : AbortSignal.any([deadline.signal, signal]);
  let seen = "no decision of the new process";
  let contradiction: Proof | null = null;
  try {
    while (!end.aborted) {
      try {
        await using source = await openUntil(world, end);
        requireSignatures(source, world.setting.policy);
        for await (const page of source.follow(lastIdAt(expected.sinceMs - 1), { signal: end, onOutage: (error) => { if (error !== null) seen = error.message; } })) {
          for (const item of page) {
            const read = item.kind === "rejected" ? item : decodeEntry(item);
            if (read.kind === "rejected") {
              seen = `an entry that cannot be read (${read.reason})`;
            } else if (read.engine === null) {
              seen = "decisions of contract version 1, which do not say what weights they were made with";
            } else if (read.engine.bootId !== expected.formerBoot) {
              const proof = judged(read.engine, read.id, expected);
              // The clock of the telemetry may be ahead: where nobody knows the former process, this may be a decision of it.
              if (proof.kind === "proven" || expected.formerBoot !== null) return proof;
              contradiction = proof;
            }
          }
        }
      } catch (thrown) {
        const error = asQscError(thrown);
        if (error.code === "interrupted") break;
        if (!error.code.startsWith("source_")) throw error;
        seen = error.message;
      }
      await world.clock.sleep(RETRY_MS, end);
    }
  } finally {
    done.abort();
  }
  return contradiction ?? { kind: "unproven", detail: `Since ${iso(expected.sinceMs)} there was ${seen}` };
}

/** Opens the telemetry, unless the signal comes first: then it rejects, and what opens later is closed. */
async function openUntil({ openSource }: CanaryWorld, end: AbortSignal): Promise<EventSource> {
  const opening = openSource();
  try {
    return await unlessInterrupted(opening, end);
  } catch (thrown) {
    void opening.then((late) => late.close()).catch(() => undefined);
    throw thrown;
  }
}

function judged(engine: EngineIdentity, id: EntryId, { weights, canary }: Expectation): Proof {
  const reported = Object.fromEntries(engine.weights);
  const at = iso(idTime(id));
  if (weights.length > 0 && !weights.some((each) => sameWeights(reported, each))) {
    return { kind: "contradicted", engine, detail: `The engine serves ${describeWeights(reported)} at ${at}, not ${weights.map(describeWeights).join(", or ")}` };
  }
  if ((engine.canary?.model ?? null) !== canary) {
    return { kind: "contradicted", engine, detail: `The engine calls ${engine.canary?.model ?? "no model"} its canary at ${at}, not ${canary ?? "none"}` };
  }
  return { kind: "proven", engine, id };
}

/** The engine says that it serves something else. */
export class NotServed extends QscError {
  /** What it says of itself. */
  readonly engine: EngineIdentity;

  constructor(detail: string, engine: EngineIdentity) {
    super("canary_not_proven", detail);
    this.engine = engine;
  }
}

/** @throws QscError `canary_not_proven`; NotServed where a decision contradicts */
export async function prove(world: CanaryWorld, expected: Expectation, proofMs: number, signal?: AbortSignal): Promise<{ readonly said: string; readonly found: Proven }> {
  const proof = await proveServing(world, expected, proofMs, signal);
  if (proof.kind !== "proven" && signal?.aborted === true) throw new QscError("interrupted", "Interrupted before the new process had proven what it serves.");
  if (proof.kind === "contradicted") throw new NotServed(`${proof.detail}.`, proof.engine);
  if (proof.kind === "unproven") throw new QscError("canary_not_proven", `${proof.detail}.`);
  const { engine, id } = proof;
  return { said: `process ${engine.bootId} serves ${describeWeights(Object.fromEntries(engine.weights))} (entry ${id})`, found: { engine, id } };
}
