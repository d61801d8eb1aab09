import { idTime, iso, lastIdAt, type EngineIdentity, type EntryId, type WeightsByModel } from "@qsc/contract";
import { decodeEntry } from "@qsc/stream-reader";
import { describeWeights, sameWeights } from "./weights.js";
import type { CanaryWorld } from "./world.js";

/** What an engine is expected to say of itself. */
export interface Expectation {
  /** Null: any, where nobody has changed them. */
  readonly weights: WeightsByModel | null;
  /** The model that has a canary's share; null: none. */
  readonly canary: string | null;
  /** The process that served before, and does not count; null where nobody knows it. */
  readonly formerBoot: string | null;
  /** Start of the process, in milliseconds since 1970. */
  readonly sinceMs: number;
}

/** What the telemetry of a new process proves. */
export type Proof =
  | { readonly kind: "proven"; readonly engine: EngineIdentity; readonly id: EntryId }
  | { readonly kind: "contradicted" | "unproven"; readonly detail: string };

/**
 * Waits for the first decision of a new process and compares what it says of itself. Only telemetry proves what an
 * engine serves: a unit that is active may have read nothing of its environment.
 */
export async function proveServing(world: CanaryWorld, expected: Expectation, timeoutMs: number, signal?: AbortSignal): Promise<Proof> {
  const deadline = new AbortController();
  const done = new AbortController();
  void world.clock.sleep(timeoutMs, done.signal).then(() => { deadline.abort(); });
  const end = signal === undefined ? deadline.signal : AbortSignal.any([deadline.signal, signal]);
  let seen = "no decision of the new process";
  try {
    await using source = await world.openSource();
    for await (const page of source.follow(lastIdAt(expected.sinceMs - 1), { signal: end, onOutage: (error) => { if (error !== null) seen = error.message; } })) {
      for (const item of page) {
        const read = item.kind === "rejected" ? item : decodeEntry(item);
        if (read.kind === "rejected") {
          seen = `an entry that cannot be read (${read.reason})`;
        } else if (read.engine === null) {
          seen = "decisions of contract version 1, which do not say what weights they were made with";
        } else if (read.engine.bootId !== expected.formerBoot) {
          return judged(read.engine, read.id, expected);
        }
      }
    }
  } finally {
    done.abort();
  }
  return { kind: "unproven", detail: `Since ${iso(expected.sinceMs)} there was ${seen}` };
}

function judged(engine: EngineIdentity, id: EntryId, { weights, canary }: Expectation): Proof {
  const reported = Object.fromEntries(engine.weights);
  const at = iso(idTime(id));
  if (weights !== null && !sameWeights(reported, weights)) {
    return { kind: "contradicted", detail: `The engine serves ${describeWeights(reported)} at ${at}, not ${describeWeights(weights)}` };
  }
  if ((engine.canary?.model ?? null) !== canary) {
    return { kind: "contradicted", detail: `The engine calls ${engine.canary?.model ?? "no model"} its canary at ${at}, not ${canary ?? "none"}` };
  }
  return { kind: "proven", engine, id };
}
