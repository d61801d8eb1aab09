import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import { QscError, type ErrorCode } from "@qsc/contract";
import type { EventSource, IdRange, SourcePart } from "@qsc/stream-reader";
import type { PartCollection, Wanted } from "./part-collection.js";
import { requireTiling } from "./tiling.js";

/** What a reader of one part has to read. */
export interface PartTask {
  readonly part: SourcePart;
  readonly wanted: Wanted;
}

/** Who reads the parts of a range: threads of this process, or processes on other machines. */
export interface PartReaders {
  /** Into how many parts a range is divided, 2 or more; with 1 the range is read as a whole. */
  readonly count: number;
  /** With fewer entries, estimated, a range is read as a whole. Missing: as the source has it. */
  readonly leastEntries?: number;
  /**
   * Reads each part with `readPart`, wherever that runs.
   * @returns what was collected from them, in the order of the tasks
   * @throws QscError as soon as one part cannot be read; nothing is left running
   */
  readonly read: (tasks: readonly PartTask[]) => Promise<readonly PartCollection[]>;
}

/** What a thread answers, once. */
export type PartAnswer =
  | { readonly kind: "read"; readonly collection: PartCollection }
  | { readonly kind: "failed"; readonly code: ErrorCode; readonly message: string };

/** Named in `imports` of package.json, also of a program that bundles this package. */
const THREAD = createRequire(import.meta.url).resolve("#part-thread");
const AGAIN = "Run the command again.";
/** Then no thread is started: this one reads. */
const INSTEAD = "Run qsc again; if that does not help, run it with --threads 1";
/** Megabytes. What is read becomes garbage at once: a larger young generation would fill up, and save no time. */
const YOUNG_MB = 6;

/**
 * The collections of the consecutive parts of a range, each read apart from the others. Null if the source cannot be
 * read in parts, the range is short, or it is to be read as a whole.
 * @throws QscError as soon as one part cannot be read, or if the parts are not the range
 */
export async function readParts(
  source: EventSource,
  range: IdRange,
  wanted: Wanted,
  { count, leastEntries, read }: PartReaders,
): Promise<readonly PartCollection[] | null> {
  if (source.parts === undefined || count < 2) return null;
  const parts = await source.parts(range, count, leastEntries);
  if (parts === null) return null;
  requireTiling(parts, range);
  const collections = await read(parts.map((part) => ({ part, wanted })));
  if (collections.length !== parts.length)
    throw new QscError("parts_unread", `Of ${parts.length} parts, ${collections.length} were read. ${AGAIN}`);
  // The readers of parts did not see each other's stream. This reader can tell whether it is still the same one.
  await source.state();
  return collections;
}

/** Threads of this process. @param leastEntries from how many entries on; undefined: as the source has it */
export function threadReaders(count: number, leastEntries?: number): PartReaders {
  return { count, read: readInThreads, ...(leastEntries !== undefined && { leastEntries }) };
}

async function readInThreads(tasks: readonly PartTask[]): Promise<readonly PartCollection[]> {
  const workers = tasks.map(
    (task) => new Worker(THREAD, { workerData: task, resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } }),
  );
  try {
    return await Promise.all(workers.map(answerOf));
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
