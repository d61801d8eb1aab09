// Reads one part of a range in a thread of its own, and answers with what it collected.
import { parentPort, workerData } from "node:worker_threads";
import { asQscError } from "@qsc/contract";
import type { PartCollection } from "./part-collection.js";
import type { PartAnswer, PartTask } from "./parts.js";
import { readPart } from "./read-part.js";

const answer = await readPart(workerData as PartTask).then(
  (collection): PartAnswer => ({ kind: "read", collection }),
  (thrown: unknown): PartAnswer => {
    const { code, message } = asQscError(thrown);
    return { kind: "failed", code, message };
  },
);
parentPort?.postMessage(answer, answer.kind === "read" ? tablesOf(answer.collection) : []);

/** The buffers that are transferred instead of copied. A table may be among both the first and the last. */
function tablesOf({ decisions, ids }: PartCollection): readonly ArrayBuffer[] {
  const columns = ids?.blocks.flatMap(({ times, hashes, decisions: keys }) => [times, hashes, keys]) ?? [];
  const tables = [...decisions.first, ...decisions.last, ...columns];
  return [...new Set(tables.map(({ buffer }) => buffer))];
}
