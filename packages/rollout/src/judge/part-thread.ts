// Reads one part of a range in a thread of its own, and answers with what it collected.
import { parentPort, workerData } from "node:worker_threads";
import { asQscError } from "@qsc/contract";
import { openPart } from "@qsc/stream-reader";
import { Collection } from "./collect.js";
import type { PartCollection } from "./part-collection.js";
import type { PartAnswer, PartTask } from "./parts.js";

const { part, wanted } = workerData as PartTask;
const answer = await read().then(
  (collection): PartAnswer => ({ kind: "read", collection }),
  (thrown: unknown): PartAnswer => {
    const { code, message } = asQscError(thrown);
    return { kind: "failed", code, message };
  },
);
parentPort?.postMessage(answer, answer.kind === "read" ? tablesOf(answer.collection) : []);

async function read(): Promise<PartCollection> {
  const source = await openPart(part);
  try {
    const collection = await new Collection(wanted, source.ordering, true).fill(source, part.range);
    return collection.part(source.gaps().map(({ detail }) => detail));
  } finally {
    await source.close();
  }
}

/** The buffers that are transferred instead of copied. A table may be among both the first and the last. */
function tablesOf({ decisions, ids }: PartCollection): readonly ArrayBuffer[] {
  const columns = ids?.blocks.flatMap(({ times, hashes, decisions: keys }) => [times, hashes, keys]) ?? [];
  const tables = [...decisions.first, ...decisions.last, ...columns];
  return [...new Set(tables.map(({ buffer }) => buffer))];
}
