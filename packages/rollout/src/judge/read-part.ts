import { openPart } from "@qsc/stream-reader";
import { Collection } from "./collect.js";
import type { PartCollection } from "./part-collection.js";
import type { PartTask } from "./parts.js";

/**
 * Reads one part of a range: what a thread of the judging process does, or a process on another machine.
 * @param signal ends the reading between two pages; its reason is thrown
 * @returns plain data, which `structuredClone` copies without loss
 * @throws QscError if the part cannot be opened or read
 */
export async function readPart({ part, wanted }: PartTask, signal?: AbortSignal): Promise<PartCollection> {
  const source = await openPart(part);
  try {
    const collection = new Collection(wanted, source.ordering, true);
    for await (const page of source.pages(part.range)) {
      signal?.throwIfAborted();
      collection.addPage(page);
    }
    return collection.part(source.gaps().map(({ detail }) => detail));
  } finally {
    await source.close();
  }
}
