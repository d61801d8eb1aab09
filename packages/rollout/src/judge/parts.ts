import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import { QscError, type ErrorCode } from "@qsc/contract";
import type { EventSource, IdRange, SourcePart } from "@qsc/stream-reader";
import type { Threads } from "./window.js";
import type { PartCollection, Wanted } from "./part-collection.js";

/** What a thread has to read. */
export interface PartTask {
  readonly part: SourcePart;
  readonly wanted: Wanted;
}

/** What a thread answers, once. */
export type PartAnswer =
  | { readonly kind: "read"; readonly collection: PartCollection }
  | { readonly kind: "failed"; readonly code: ErrorCode; readonly message: string };

/** Named in `imports` of package.json, also of a program that bundles this package. */
const THREAD = createRequire(import.meta.url).resolve("#part-thread");
/** Then no thread is started: this one reads. */
const INSTEAD = "Run qsc again; if that does not help, run it with --threads 1";
/** Megabytes. What is read becomes garbage at once: a larger young generation would fill up, and save no time. */
const YOUNG_MB = 6;

/**
 * The collections of the consecutive parts of a range, each read by its own thread at the same time. Null if the source
 * cannot be read in parts, the range is short, or one thread is to read it.
 * @throws QscError as soon as one part cannot be read; nothing is left running
 */
export async function readParts(
  source: EventSource,
  range: IdRange,
  wanted: Wanted,
  { count, leastEntries }: Threads,
): Promise<readonly PartCollection[] | null> {
  if (source.parts === undefined || count < 2) return null;
  const parts = await source.parts(range, count, leastEntries);
  if (parts === null) return null;
  const workers = parts.map((part) => {
    const task: PartTask = { part, wanted };
    return new Worker(THREAD, { workerData: task, resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } });
  });
  try {
    const collections = await Promise.all(workers.map(answerOf));
    // The readers of parts did not see each other's stream. This reader can tell whether it is still the same one.
    await source.state();
    return collections;
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function answerOf(worker: Worker): Promise<PartCollection> {
  return new Promise((resolve, reject) => {
    worker.once("message", (answer: PartAnswer) => {
      if (answer.kind === "read") resolve(answer.collection);
      else reject(new QscError(answer.code, answer.message));
    });
    worker.once("error", (cause) => {
      reject(
        new QscError("internal", `Internal error: a thread that reads telemetry failed: ${cause.message}. ${INSTEAD}`, {
          cause,
        }),
      );
    });
    worker.once("exit", (code) => {
      reject(
        new QscError(
          "internal",
          `Internal error: a thread that reads telemetry exited with ${code} before it answered. ${INSTEAD}`,
        ),
      );
    });
  });
}
